package simulator

import "time"

// CFWTimes is the form of CFW's times: its documents describe strings and show numbers.
type CFWTimes int

// The forms.
const (
	CFWEpochMillis CFWTimes = iota // 1641370501000
	CFWZoned                       // "2022-01-05T16:15:01+0800"
)

type cfwJob struct {
	BeginTime any    `json:"begin_time,omitempty"`
	EndTime   any    `json:"end_time,omitempty"`
	ID        string `json:"id"`
	Status    string `json:"status"`
}

// cfwShape is as in "Obtaining the Status of a CFW Task", Cloud Firewall API Reference.
func cfwShape(v view, o Options) any {
	return cfwJob{
		BeginTime: o.CFWTimes.format(v.begin),
		EndTime:   o.CFWTimes.format(v.end),
		ID:        v.ID,
		Status:    v.status,
	}
}

func (f CFWTimes) format(t time.Time) any {
	switch {
	case t.IsZero():
		return nil
	case f == CFWZoned:
		return t.In(time.FixedZone("", 8*60*60)).Format(offsetZone)
	default:
		return t.UnixMilli()
	}
}
