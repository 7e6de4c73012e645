package cloud

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"cloudjob_exporter/job"
	"cloudjob_exporter/simulator"
)

// TestCodesGiveReasonsWhateverTheSecrets: a reason is looked up before anything is cut.
func TestCodesGiveReasonsWhateverTheSecrets(t *testing.T) {
	own := map[string]job.Reason{"Common.0011": job.NotFound}
	for _, test := range []struct {
		code, secret string
		reason       job.Reason
		shown        string
	}{
		{"Common.0011", "1", job.NotFound, "Common.0011"},
		{"Common.0011", "0011", job.NotFound, "Common.0011"},
		{"Common.0011", "Common", job.NotFound, "Common.0011"},
		{"Common.0011", "Common.0011", job.NotFound, "Common.0011"},
		{"APIG.0308", "0308", job.RateLimited, "APIG.0308"},
		{"APIG.0308", "APIG.0308", job.RateLimited, "APIG.0308"},
		{"ELB.8902", "8902", job.BadResponse, ""},
		{"ELB.8902", "8", job.BadResponse, "ELB.8902"},
		{"geheim1", "geheim1", job.BadResponse, ""},
		{"Tr0ub4dor&3", "Tr0ub4dor&3", job.BadResponse, "<secret>"},
		{strings.Repeat("x", 500), "1", job.BadResponse, strings.Repeat("x", 64) + "…"},
	} {
		body, err := json.Marshal(map[string]string{"error_code": test.code, "error_msg": "no"})
		if err != nil {
			t.Fatal(err)
		}
		e := answerError("elb", &http.Response{StatusCode: 400}, body, test.secret).ByCode(own)
		if e.Reason != test.reason || e.Code != test.shown {
			t.Errorf("%.20s and the secret %s: got %s, code %q", test.code, test.secret, e.Reason, e.Code)
		}
		if _, documented := own[test.code]; !documented && e.Reason == job.BadResponse {
			leaks(t, []any{e}, "geheim1", "Tr0ub4dor&3")
		}
	}
}

// TestARefusedLoginSaysTheSameWhateverThePassword: IAM speaks of "the username or
// password", and any of these words may be the password.
func TestARefusedLoginSaysTheSameWhateverThePassword(t *testing.T) {
	for shape, want := range map[simulator.IAMErrorShape]string{
		simulator.IAMErrorCodes:  "iam answered 401 (IAM.0062): wrong user name or password",
		simulator.IAMErrorObject: "iam answered 401 (401): The username or password is wrong.",
	} {
		for _, password := range []string{"wrong", "password", "username", "The", "geheim1", "Tr0ub4dor&3", "IAM.0062", "0062"} {
			synctest.Test(t, func(t *testing.T) {
				err := get(newClient(t, newCloud(t, simulator.Options{IAMErrors: shape}), withPassword(password)))
				if err == nil || err.Error() != want {
					t.Errorf("with the password %s: got %v, want %s", password, err, want)
				}
			})
		}
	}
}

func TestWhatIAMSaysToARefusedLogin(t *testing.T) {
	for _, test := range []struct{ body, want string }{
		{code("IAM.0061"), "iam answered 401 (IAM.0061): the account is locked after too many failed logins"},
		{code("IAM.0066"), "iam answered 401 (IAM.0066): the token has expired"},
		{code("IAM.0067"), "iam answered 401 (IAM.0067): the token is not valid"},
		{`{"error":{"code":401,"message":"Your password must be changed."}}`, "iam answered 401 (401): the credentials were refused"},
		{`{"error":{"code":401,"message":"The user must log in at the console first."}}`, "iam answered 401 (401): The user must log in at the console first."},
		{`{"error":{"code":401,"message":"The request you have made requires authentication."}}`, "iam answered 401 (401): The request you have made requires authentication."},
		{``, "iam answered 401: the credentials were refused"},
		{`<html>`, "iam answered 401: a web page instead of an answer"},
	} {
		synctest.Test(t, func(t *testing.T) {
			err := get(dialing(t, says(401, test.body), withPassword("password")))
			if err == nil || err.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}
