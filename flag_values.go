package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kingpin/v2"
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
	err := n.Value.Set(text)
	if err == nil {
		return nil
	}
	if n.IsBoolFlag() {
		err = errors.New("must be true or false")
	}
	m := n.flag.Model()
	if n.given {
		return fmt.Errorf("--%s=%q: %w", m.Name, text, err)
	}
	return fmt.Errorf("%s=%q (--%s): %w", m.Envar, text, m.Name, err)
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

// parse reads the command line. Of a flag that takes no value and is given one,
// kingpin names the value alone.
func parse(app *kingpin.Application, args []string) (command string, err error) {
	command, err = app.Parse(args)
	if err == nil {
		return command, nil
	}
	for _, arg := range args {
		name, value, ok := strings.Cut(arg, "=")
		flag := app.GetFlag(strings.TrimPrefix(strings.TrimPrefix(name, "--"), "no-"))
		if ok && flag != nil && flag.Model().IsBoolFlag() {
			return "", fmt.Errorf("%s=%q: takes no value; it is --%s or --no-%[3]s", name, value, flag.Model().Name)
		}
	}
	return "", err
}
