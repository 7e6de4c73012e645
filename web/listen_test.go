package web

import (
	"strings"
	"testing"
)

func TestListenAddresses(t *testing.T) {
	const form = "must be host:port or :port, with an IPv6 address in brackets"
	for address, want := range map[string]string{
		":10994": "", "localhost:0": "", "127.0.0.1:1": "", "[::1]:65535": "", "[fe80::1%eth0]:1": "", ":http": "", "vsock://:9100": "",

		"":                      form,
		":":                     form,
		"localhost:":            form,
		"a:1:2":                 form,
		"a/b:1":                 form,
		"21996":                 `has no colon before the port, did you mean ":21996"?`,
		"localhost":             `has no port, did you mean "localhost:10994"?`,
		"::1":                   `must be host:port, with an IPv6 address in brackets, did you mean "[::1]:10994"?`,
		"*:9100":                `no host has this name, did you mean ":9100"?`,
		":65536":                `"65536" is not a port: it must be a number from 0 to 65535`,
		":-1":                   `"-1" is not a port: it must be a number from 0 to 65535`,
		"localhost:9100/x":      `"9100/x" is not a port: it must be a number from 0 to 65535`,
		"http://localhost:9100": "must be host:port, without a scheme, or vsock://:port",
		"unix:///run/x.sock":    "must be host:port, without a scheme, or vsock://:port",
		"vsock://9100":          "must be vsock://:port",
		"vsock://:x":            "must be vsock://:port",
	} {
		if err := CheckListenAddress(address); err == nil && want != "" || err != nil && err.Error() != want {
			t.Errorf("%q: got %v, want %s", address, err, want)
		}
	}
}

func TestSocketActivation(t *testing.T) {
	for variables, want := range map[string]bool{
		"LISTEN_PID=7 LISTEN_FDS=1": true, "LISTEN_PID=7 LISTEN_FDS=2": true,
		"": false, "LISTEN_PID=7": false, "LISTEN_FDS=1": false, "LISTEN_PID=7 LISTEN_FDS=0": false, "LISTEN_PID=8 LISTEN_FDS=1": false,
	} {
		getenv := func(name string) string {
			_, value, _ := strings.Cut(" "+variables+" ", " "+name+"=")
			value, _, _ = strings.Cut(value, " ")
			return value
		}
		if got := socketActivated(getenv, 7); got != want {
			t.Errorf("%s: got %t", variables, got)
		}
	}
}
