package cli

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/url"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"cloudjob_exporter/web"
)

// Announce returns a function that writes where the demo is, once the server
// listens: a server calls its BaseContext then, with the real address.
func (f *Flags) Announce(w io.Writer) func(net.Listener) context.Context {
	scheme := "http"
	if web.ServesTLS(*f.Web.WebConfigFile) {
		scheme = "https"
	}
	return func(l net.Listener) context.Context {
		fmt.Fprint(w, f.announcement(scheme, l.Addr()))
		return context.Background()
	}
}

func (f *Flags) announcement(scheme string, address net.Addr) string {
	tcp, ok := address.(*net.TCPAddr)
	if !ok {
		return fmt.Sprintf("The demo listens on %s\n", address)
	}
	home := url.URL{Scheme: scheme, Host: reachable(tcp), Path: f.RoutePrefix}
	metrics := home
	metrics.Path += f.TelemetryPath
	if home.Path != "" {
		home.Path += "/"
	}
	text := fmt.Sprintf("The demo is at %s and its metrics at %s\n", &home, &metrics)
	if f.ExternalURL.Host != "" {
		text += fmt.Sprintf("From outside it is at %s/\n", f.ExternalURL)
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

// LogAddress logs what the line of each listener does not say.
func (f *Flags) LogAddress(logger log.Logger) {
	if *f.ExternalURL == (url.URL{}) && f.RoutePrefix == "" {
		return
	}
	_ = level.Info(logger).Log("msg", "web addresses", "external_url", f.ExternalURL.String(), "route_prefix", f.RoutePrefix+"/")
}
