package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/alecthomas/kingpin/v2"

	"cloudjob_exporter/strictyaml"
	"cloudjob_exporter/web"
)

// Parse reads the command line. Its errors say more than kingpin's about what was
// probably meant.
func Parse(app *kingpin.Application, args []string) error {
	if _, err := app.Parse(args); err != nil {
		return explain(app, args, err)
	}
	return nil
}

// explain adds to an error of kingpin what was probably meant.
func explain(app *kingpin.Application, args []string, err error) error {
	for _, arg := range args {
		name, value, ok := strings.Cut(arg, "=")
		if flag := switchOf(app, name); ok && flag != "" {
			return fmt.Errorf("%s=%q: takes no value; it is --%s or --no-%[3]s", name, value, flag)
		}
	}
	text := err.Error()
	if _, rest, ok := strings.Cut(text, "unknown long flag '--"); ok {
		return fmt.Errorf("%s, %s", text, didYouMean(similarFlags(app, strings.TrimSuffix(rest, "'"))))
	}
	if _, rest, ok := strings.Cut(text, "unknown short flag '-"); ok {
		name := singleDash(args, strings.TrimSuffix(rest, "'"))
		return fmt.Errorf("unknown flag '-%s': flags begin with --, %s", name, didYouMean(similarFlags(app, name)))
	}
	if arg, ok := strings.CutPrefix(text, "unexpected "); ok {
		at := slices.Index(args, arg)
		if at > 0 && switchOf(app, args[at-1]) != "" && (arg == "true" || arg == "false") {
			return fmt.Errorf("%s takes no value; it is --%s or --no-%[2]s", args[at-1], switchOf(app, args[at-1]))
		}
		return fmt.Errorf("unexpected argument %q, %s", arg, didYouMean(meantBy(app, arg)))
	}
	return err
}

// switchOf returns the name of the boolean flag that an argument names; "" if it
// names none.
func switchOf(app *kingpin.Application, arg string) string {
	name, ok := strings.CutPrefix(arg, "--")
	flag := app.GetFlag(strings.TrimPrefix(name, "no-"))
	if !ok || flag == nil || !flag.Model().IsBoolFlag() {
		return ""
	}
	return flag.Model().Name
}

// didYouMean ends a message about something unknown.
func didYouMean(meant []string) string {
	if len(meant) == 0 {
		return "try --help"
	}
	last := len(meant) - 1
	if last == 0 {
		return "did you mean " + meant[0] + "?"
	}
	return "did you mean " + strings.Join(meant[:last], ", ") + " or " + meant[last] + "?"
}

// singleDash returns the name in the argument in which kingpin found an unknown
// short flag: it reads -config.file as -c -o -n and so on.
func singleDash(args []string, short string) string {
	for _, arg := range args {
		name, ok := strings.CutPrefix(arg, "-")
		if ok && !strings.HasPrefix(name, "-") && strings.Contains(name, short) {
			name, _, _ = strings.Cut(name, "=")
			return name
		}
	}
	return short
}

// similarFlags returns the flags that may be meant by a name: the nearest, else
// those that the name is a part of, if they are few.
func similarFlags(app *kingpin.Application, name string) []string {
	const few = 3
	bare, negated := strings.CutPrefix(name, "no-")
	var known, containing []string
	for _, flag := range app.Model().Flags {
		if flag.Hidden {
			continue
		}
		known = append(known, flag.Name)
		if negated && flag.IsBoolFlag() {
			known = append(known, "no-"+flag.Name)
		}
		if strings.Contains(dotted(flag.Name), dotted(bare)) {
			containing = append(containing, "--"+flag.Name)
		}
	}
	if near := strictyaml.Nearest(name, known); near != "" {
		return []string{"--" + near}
	}
	if len(containing) > few {
		return nil
	}
	return containing
}

// dotted is a flag's name with dots between and around its words.
func dotted(name string) string {
	return "." + strings.NewReplacer("-", ".", "_", ".").Replace(strings.ToLower(name)) + "."
}

// meantBy returns the flags that may be meant by an argument without one.
func meantBy(app *kingpin.Application, arg string) []string {
	ext := strings.ToLower(filepath.Ext(arg))
	_, err := os.Stat(arg)
	switch {
	case ext == ".yml" || ext == ".yaml" || err == nil:
		return []string{"--config.file=" + arg}
	case strings.Contains(arg, ":") && web.CheckListenAddress(arg) == nil:
		return []string{"--web.listen-address=" + arg}
	}
	return similarFlags(app, arg)
}
