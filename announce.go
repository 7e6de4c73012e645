package main

import (
	"context"
	"fmt"
	"net"
	"net/url"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
)

// announce returns a function that says where the demo is, once the server
// listens: a server calls its BaseContext then, with the real address.
func announce(f *flags) func(net.Listener) context.Context {
	scheme := "http"
	if servesTLS(*f.web.WebConfigFile) {
		scheme = "https"
	}
	return func(l net.Listener) context.Context {
		fmt.Print(announcement(f, scheme, l.Addr()))
		return context.Background()
	}
}

func announcement(f *flags, scheme string, address net.Addr) string {
	tcp, ok := address.(*net.TCPAddr)
	if !ok {
		return fmt.Sprintf("The demo listens on %s\n", address)
	}
	home := url.URL{Scheme: scheme, Host: reachable(tcp), Path: f.routePrefix}
	metrics := home
	metrics.Path += f.telemetryPath
	if home.Path != "" {
		home.Path += "/"
	}
	text := fmt.Sprintf("The demo is at %s and its metrics at %s\n", &home, &metrics)
	if f.externalURL.Host != "" {
		text += fmt.Sprintf("From outside it is at %s/\n", f.externalURL)
	}
	return text
}

// reachable is an address that a browser on this machine can open.
func reachable(address *net.TCPAddr) string {
	host := "localhost"
	if !address.IP.IsUnspecified() {
		host = (&net.IPAddr{IP: address.IP, Zone: address.Zone}).String()
	}
	return net.JoinHostPort(host, fmt.Sprint(address.Port))
}

// logAddress logs what the line of each listener does not tell.
func logAddress(logger log.Logger, f *flags) {
	if *f.externalURL == (url.URL{}) && f.routePrefix == "" {
		return
	}
	_ = level.Info(logger).Log("msg", "web addresses", "external_url", f.externalURL.String(), "route_prefix", f.routePrefix+"/")
}
