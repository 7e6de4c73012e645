package cloud

import (
	"net/http"
	"strings"
	"testing"

	"cloudjob_exporter/config/secrets"
)

func TestWhatIsSentIsSigned(t *testing.T) {
	req, err := http.NewRequest(http.MethodGet, "https://h/", nil)
	if err != nil {
		t.Fatal(err)
	}
	credential{accessKey: "AK", secretKey: secrets.New("SK"), securityToken: secrets.New("ST")}.apply(req, nil, "P")
	if got := req.Header.Get("Authorization"); !strings.Contains(got, " SignedHeaders=host;x-project-id;x-sdk-date;x-security-token, ") {
		t.Errorf("signed: %s", got)
	}
}
