package sanitize

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"testing"
)

// TestMessagesAreShownWithoutSecrets: what is shown neither holds a secret, nor tells by
// a gap which word is one.
func TestMessagesAreShownWithoutSecrets(t *testing.T) {
	const strong, quoted = "Tr0ub4dor&3", `Tr0u"b4\dor`
	inJSON, err := json.Marshal(strong)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ secret, message, want string }{
		// A secret that is none by chance is cut out.
		{strong, "you sent Tr0ub4dor&3, which is wrong", "you sent <secret>, which is wrong"},
		{strong, "limit:10", "limit:10"},
		{strong, "you sent " + base64.StdEncoding.EncodeToString([]byte(strong)), "you sent <secret>"},
		{strong, "you sent " + base64.RawURLEncoding.EncodeToString([]byte(strong)), "you sent <secret>"},
		{"MIItokenMIItokenMIItoken", "you sent MIItokenMIItokenMIItoken", "you sent <secret>"},
		// Where it is escaped, nothing is left to be guessed.
		{strong, "GET /?p=" + url.QueryEscape(strong), ""},
		{strong, "GET /?p=Tr0ub4dor%263", ""},
		{strong, "GET /?p=%54r0ub4dor%263", ""},
		{strong, "GET /?p=" + url.QueryEscape(url.QueryEscape(strong)), ""},
		{"Tr0ub4dor 3", "GET /?p=Tr0ub4dor+3", ""},
		{strong, "you sent " + string(inJSON), ""},
		{strong, `you sent \u0054r0ub4dor\u00263`, ""},
		{quoted, `you sent Tr0u\"b4\\dor`, ""},
		{"Tr0ub/4dor", `you sent Tr0ub\/4dor`, ""},
		{strong, "<b>Tr0ub4dor&amp;3</b>", ""},
		// A short one, and a word, may be there by chance.
		{"geheim1", "the password geheim1 is wrong", ""},
		{"geheim1", "the password is wrong", "the password is wrong"},
		{"geheim1", "you sent " + base64.StdEncoding.EncodeToString([]byte("geheim1")), ""},
		{"password", "The password is wrong, has expired or is locked.", ""},
		{"default", "The default domain is not allowed.", ""},
		{"Username", "Username is missing.", ""},
		{"FORBIDDEN", "FORBIDDEN", ""},
		{"unauthorized", "you are unauthorized", ""},
		{"password", "The user is disabled.", "The user is disabled."},
		{"4711", "limit:4711", ""},
		// One of up to three bytes is no secret.
		{"1", "limit:10 per 1 second", "limit:10 per 1 second"},
		{"10", "limit:10", "limit:10"},
		{"abc", "abcabc", "abcabc"},
		{"", "limit:10", "limit:10"},
	} {
		got := Message(test.message, test.secret)
		if got != test.want {
			t.Errorf("%q in %q: got %q, want %q", test.secret, test.message, got, test.want)
		}
	}
}

// TestSecretsAreLookedForTogether: all of the call's are looked for.
func TestSecretsAreLookedForTogether(t *testing.T) {
	for _, test := range []struct {
		secrets    []string
		text, want string
	}{
		{[]string{"secret-1", "secret-1-and-more"}, "secret-1-and-more and secret-1", "<secret> and <secret>"},
		{[]string{"1", "secret-1"}, "1 secret-1", "1 <secret>"},
		{[]string{"secret", "Tr0ub4dor"}, "you sent Tr0ub4dor", "you sent <secret>"},
		{[]string{"secret", "Tr0ub4dor"}, "you sent secret Tr0ub4dor", ""},
	} {
		if got := Message(test.text, test.secrets...); got != test.want {
			t.Errorf("%q in %q: got %q, want %q", test.secrets, test.text, got, test.want)
		}
	}
}
