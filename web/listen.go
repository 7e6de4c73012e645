package web

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"

	toolkit "github.com/prometheus/exporter-toolkit/web"
	"go.yaml.in/yaml/v3"

	"cloudjob_exporter/strictyaml"
)

// DefaultAddress is where the exporter listens by default.
const DefaultAddress = ":10994"

// CheckFlags returns what is wrong with the flags of exporter-toolkit, before
// anything is started. Its errors name the flag.
func CheckFlags(f *toolkit.FlagConfig) error {
	if err := CheckConfig(*f.WebConfigFile); err != nil {
		return err
	}
	if *f.WebSystemdSocket && !socketActivated(os.Getenv, os.Getpid()) {
		return errors.New("--web.systemd-socket: systemd passed no socket to this process; start it by a socket unit, or leave out the flag")
	}
	return nil
}

// socketActivated reports whether systemd passed sockets to the process pid.
func socketActivated(getenv func(string) string, pid int) bool {
	n, err := strconv.Atoi(getenv("LISTEN_FDS"))
	return err == nil && n > 0 && getenv("LISTEN_PID") == strconv.Itoa(pid)
}

// ServesTLS reports whether a web configuration that is valid turns TLS on.
func ServesTLS(path string) bool {
	text, err := os.ReadFile(path)
	if path == "" || err != nil {
		return false
	}
	var c toolkit.Config
	return strictyaml.Guard(func() error { return yaml.Unmarshal(text, &c) }) == nil && c.TLSConfig.IsEnabled()
}

// CheckListenAddress checks the form of an address to listen on.
func CheckListenAddress(address string) error {
	if strings.HasPrefix(address, "vsock://") {
		return checkVsock(address)
	}
	host, port, err := net.SplitHostPort(address)
	switch {
	case strings.Contains(address, "://"):
		return errors.New("must be host:port, without a scheme, or vsock://:port")
	case err != nil && isPort(address):
		return fmt.Errorf("has no colon before the port, did you mean %q?", ":"+address)
	case err != nil && net.ParseIP(address) != nil && strings.Contains(address, ":"):
		return fmt.Errorf("must be host:port, with an IPv6 address in brackets, did you mean %q?", "["+address+"]"+DefaultAddress)
	case err != nil && !strings.Contains(address, ":") && address != "":
		return fmt.Errorf("has no port, did you mean %q?", address+DefaultAddress)
	case err != nil || port == "" || strings.ContainsAny(host, "/ "):
		return errors.New("must be host:port or :port, with an IPv6 address in brackets")
	case host == "*":
		return fmt.Errorf("no host has this name, did you mean %q?", ":"+port)
	case !isPort(port):
		return fmt.Errorf("%q is not a port: it must be a number from 0 to 65535", port)
	}
	return nil
}

// isPort reports whether text is a port, as a number or by the name of a service.
func isPort(text string) bool {
	_, err := net.DefaultResolver.LookupPort(context.Background(), "tcp", text)
	return text != "" && err == nil
}

// checkVsock does what exporter-toolkit does with such an address.
func checkVsock(address string) error {
	u, err := url.Parse(address)
	if err == nil {
		_, port, _ := net.SplitHostPort(u.Host)
		_, err = strconv.ParseUint(port, 10, 32)
	}
	if err != nil {
		return errors.New("must be vsock://:port")
	}
	return nil
}
