package watchlist

import (
	"errors"
	"reflect"

	"cloudjob_exporter/cloud"
	"cloudjob_exporter/config"
	"cloudjob_exporter/provider"
)

// clients are those of a configuration, by the name of the project.
type clients map[string]*cloud.Client

// inForce is a configuration and its clients. Neither is written to.
type inForce struct {
	*config.Config
	clients clients
}

// clientsOf returns the clients of a configuration: those that there are, with their
// tokens and connections, for projects about which nothing has changed, nor in their
// files. It calls no cloud. The error has a line for each project that can have none.
func clientsOf(c *config.Config, before inForce, userAgent string, m *cloud.Metrics) (clients, error) {
	all := make(clients, len(c.Projects))
	var wrong []error
	for i := range c.Projects {
		p := &c.Projects[i]
		if old, ok := before.clients[p.Name]; ok && !old.FilesChanged() &&
			reflect.DeepEqual(*p, *before.Project(p.Name)) &&
			c.Poll.Timeout == before.Poll.Timeout && c.Poll.Concurrency == before.Poll.Concurrency {
			all[p.Name] = old
			continue
		}
		made, err := cloud.New(p, cloud.Options{
			Timeout:     c.Poll.Timeout,
			Concurrency: c.Poll.Concurrency,
			UserAgent:   userAgent,
			Metrics:     m,
		})
		if err != nil {
			wrong = append(wrong, err)
			continue
		}
		all[p.Name] = made
	}
	return all, errors.Join(wrong...)
}

// replacedBy lets go of the clients that the next configuration does not have.
func (cs clients) replacedBy(next clients, m *cloud.Metrics) {
	for name, old := range cs {
		now, ok := next[name]
		if now != old {
			old.Close()
		}
		if !ok {
			m.Forget(name)
		}
	}
}

// projects are what the poller and the listings need of the clients.
func (cs clients) projects() map[string]provider.Reader {
	all := make(map[string]provider.Reader, len(cs))
	for name, client := range cs {
		all[name] = provider.Reader{Client: client}
	}
	return all
}

func (cs clients) close() {
	for _, client := range cs {
		client.Close()
	}
}
