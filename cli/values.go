package cli

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kingpin/v2"

	"cloudjob_exporter/web"
)

// count is a number of things.
type count int

func (c *count) String() string { return strconv.Itoa(int(*c)) }

// Set takes whole numbers from 0.
func (c *count) Set(text string) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return errors.New("must be a whole number, 0 or more")
	}
	*c = count(n)
	return nil
}

// span is a duration.
type span time.Duration

func (s *span) String() string { return time.Duration(*s).String() }

// Set takes durations from 0.
func (s *span) Set(text string) error {
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return errors.New("must be a duration like 0.5s, 0 or more")
	}
	*s = span(d)
	return nil
}

// externalURL is the URL under which the exporter is reachable from outside.
type externalURL struct{ *url.URL }

func (u externalURL) Set(text string) error {
	parsed, err := web.ParseExternalURL(text)
	if err == nil {
		*u.URL = *parsed
	}
	return err
}

// routePrefix is the prefix of all routes, as it was given.
type routePrefix string

func (p *routePrefix) String() string { return string(*p) }

func (p *routePrefix) Set(text string) error {
	_, err := web.RoutePrefix(text)
	if err == nil {
		*p = routePrefix(text)
	}
	return err
}

// named is the value of a flag. Its errors say what kingpin does not: which flag
// they are about, and which environment variable.
type named struct {
	kingpin.Value
	flag  *kingpin.FlagClause
	given bool // on the command line
}

// nameErrors makes the errors of a flag say its name.
func nameErrors(flag *kingpin.FlagClause, v kingpin.Value) {
	n := &named{Value: v, flag: flag}
	flag.IsSetByUser(&n.given)
	flag.SetValue(n)
}

func (n *named) Set(text string) error {
	m := n.flag.Model()
	err := n.Value.Set(text)
	if err == nil && m.Name == "web.listen-address" {
		err = web.CheckListenAddress(text)
	}
	if err == nil {
		return nil
	}
	if n.IsBoolFlag() {
		err = errors.New("must be true or false")
	}
	value := fmt.Sprintf("=%q", text)
	if strings.Contains(text, "@") {
		value = "" // it may hold a password
	}
	if n.given {
		return fmt.Errorf("--%s%s: %w", m.Name, value, err)
	}
	return fmt.Errorf("%s%s (--%s): %w", m.Envar, value, m.Name, err)
}

// givenBy returns what gives a flag its value: the flag itself on the command
// line, or the environment variable. It is "" for a default.
func givenBy(app *kingpin.Application, name string) string {
	m := app.GetFlag(name).Model()
	switch n, ok := m.Value.(*named); {
	case ok && n.given:
		return "--" + name
	case m.Envar != "" && os.Getenv(m.Envar) != "":
		return m.Envar
	}
	return ""
}

// IsBoolFlag tells kingpin whether the flag goes without a value.
func (n *named) IsBoolFlag() bool {
	b, ok := n.Value.(interface{ IsBoolFlag() bool })
	return ok && b.IsBoolFlag()
}

// IsCumulative tells kingpin whether the flag may be repeated.
func (n *named) IsCumulative() bool {
	c, ok := n.Value.(interface{ IsCumulative() bool })
	return ok && c.IsCumulative()
}
