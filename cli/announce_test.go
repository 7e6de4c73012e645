package cli

import (
	"net"
	"strings"
	"testing"
)

func TestAnnouncements(t *testing.T) {
	for _, test := range []struct {
		scheme, args string
		address      net.Addr
		want         string
	}{
		{"http", "", &net.TCPAddr{IP: net.IPv4zero, Port: 1}, "The demo is at http://localhost:1 and its metrics at http://localhost:1/metrics\n"},
		{"http", "", &net.TCPAddr{IP: net.IPv6unspecified, Port: 1}, "The demo is at http://localhost:1 and its metrics at http://localhost:1/metrics\n"},
		{"https", "", &net.TCPAddr{IP: net.IPv6loopback, Port: 1}, "The demo is at https://[::1]:1 and its metrics at https://[::1]:1/metrics\n"},
		{
			"http", "--web.telemetry-path=/a", &net.TCPAddr{IP: net.ParseIP("fe80::1"), Zone: "eth0", Port: 1},
			"The demo is at http://[fe80::1%25eth0]:1 and its metrics at http://[fe80::1%25eth0]:1/a\n",
		},
		{
			"http", "--web.external-url=/a/b", &net.TCPAddr{IP: net.IPv4(10, 0, 0, 1), Port: 1},
			"The demo is at http://10.0.0.1:1/a/b/ and its metrics at http://10.0.0.1:1/a/b/metrics\n",
		},
		{
			"http", "--web.external-url=https://example.com/a/ --web.route-prefix=/", &net.TCPAddr{IP: net.IPv4zero, Port: 1},
			"The demo is at http://localhost:1 and its metrics at http://localhost:1/metrics\nFrom outside it is at https://example.com/a/\n",
		},
		{"http", "", &net.UnixAddr{Net: "unix", Name: "/run/demo.sock"}, "The demo listens on /run/demo.sock\n"},
	} {
		app, f := New()
		if err := Parse(app, strings.Fields(test.args)); err != nil {
			t.Fatal(err)
		}
		if got := f.announcement(test.scheme, test.address); got != test.want {
			t.Errorf("%s, %s: got %s", test.address, test.args, got)
		}
	}
}
