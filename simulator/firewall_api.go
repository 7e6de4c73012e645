package simulator

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const maxFirewalls = 1024 // in an answer

// cfwEmpty is CFW's error for a missing mandatory parameter.
var cfwEmpty = problem{http.StatusBadRequest, "CFW.00200001", "Empty parameter."}

// firewallCall routes the calls about firewalls rather than jobs.
func (c *Cloud) firewallCall(method string, service Service, path []string) (call, bool) {
	if method != http.MethodPost || service != "" && service != ServiceCFW {
		return call{}, false
	}
	for pattern, then := range map[string]func(projectID string, body []byte) Answer{
		"/v1/{project_id}/firewalls/list": c.listFirewalls,
		"/v2/{project_id}/firewall":       c.createFirewall,
	} {
		if projectID, _, ok := match(pattern, path); ok {
			return call{service: ServiceCFW, serve: c.authenticated(projectID, func(_ *http.Request, body []byte) Answer {
				return then(projectID, body)
			})}, true
		}
	}
	return call{}, false
}

// listFirewalls is as in "Querying the Firewall List" (ListFirewallList), Cloud
// Firewall API Reference.
func (c *Cloud) listFirewalls(projectID string, body []byte) Answer {
	var query struct {
		Limit   *int   `json:"limit"`
		Offset  *int   `json:"offset"`
		KeyWord string `json:"key_word"`
	}
	switch err := json.Unmarshal(body, &query); {
	case err != nil:
		return flatError.answer(badQuery)
	case query.Limit == nil || query.Offset == nil:
		return flatError.answer(cfwEmpty)
	case *query.Limit < 1 || *query.Limit > maxFirewalls || *query.Offset < 0:
		return flatError.answer(badQuery)
	}
	now, records := time.Now(), []object{}
	for _, f := range c.Firewalls(projectID, now) {
		if f.ID == query.KeyWord || strings.Contains(f.Name, query.KeyWord) {
			records = append(records, f.record(now))
		}
	}
	total := len(records)
	records = records[min(*query.Offset, total):min(*query.Offset+*query.Limit, total)]
	return JSON(http.StatusOK, object{
		"data":    object{"limit": *query.Limit, "offset": *query.Offset, "project_id": projectID, "records": records, "total": total},
		"has_ndr": false, "is_support_basic_version": true, "is_support_buy_professional": false,
		"is_support_postpaid": true, "user_support_eps": false,
	})
}

// record is the firewall as a record of the list, where "name" is the creation time.
func (f *Firewall) record(now time.Time) object {
	chargeMode := 1
	if f.Prepaid {
		chargeMode = 0
	}
	return object{
		"fw_instance_id": f.ID, "resource_id": f.ID, "name": strconv.FormatInt(f.Created.UnixMilli(), 10), "fw_instance_name": f.Name,
		"enterprise_project_id": "default", "tags": "{}", "ha_type": 0, "charge_mode": chargeMode, "service_type": 0, "engine_type": 1,
		"flavor": object{"version": 1, "eip_count": 50}, "status": f.at(now),
	}
}

// createFirewall is as in "Creating a Firewall" there. The answer repeats the request
// and has a job ID for a pay-per-use firewall, an order ID for any other.
func (c *Cloud) createFirewall(projectID string, body []byte) Answer {
	var wanted struct {
		Name   string `json:"name"`
		Flavor struct {
			Version string `json:"version"`
		} `json:"flavor"`
		ChargeInfo struct {
			ChargeMode string `json:"charge_mode"`
		} `json:"charge_info"`
	}
	if json.Unmarshal(body, &wanted) != nil {
		return flatError.answer(badQuery)
	}
	if wanted.Name == "" || wanted.Flavor.Version == "" {
		return flatError.answer(cfwEmpty)
	}
	c.firewalls.mu.Lock()
	defer c.firewalls.mu.Unlock()
	f := Firewall{ProjectID: projectID, ID: uuid(), Name: wanted.Name, Created: time.Now()}
	answer := object{"data": json.RawMessage(body)}
	switch wanted.ChargeInfo.ChargeMode {
	case "postPaid":
		f.Plan, answer["job_id"] = c.firewalls.plan, f.ID
	case "prePaid":
		f.Prepaid, f.Status, answer["order_id"] = true, FirewallUnpaid, "CS"+rand.Text()[:15]
	default:
		return flatError.answer(badQuery)
	}
	c.addFirewall(f)
	return JSON(http.StatusOK, answer)
}

// uuid returns a random UUID (version 4).
func uuid() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
