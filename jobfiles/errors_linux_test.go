package jobfiles

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestUnusableFiles(t *testing.T) {
	tests := map[string]struct {
		make func(b *fixture)
		want string // the error; its first word is the name of the file
	}{
		"folder":   {func(b *fixture) { b.mkdir("a.yml"); b.touch("a.yml", time.Unix(0, 0)) }, "a.yml: cannot be read: is a directory"},
		"pipe":     {func(b *fixture) { b.try(syscall.Mkfifo(b.path("a.yml"), 0o644)) }, "a.yml: cannot be read: is not a regular file"},
		"device":   {func(b *fixture) { b.link("/dev/zero", "a.yml") }, "a.yml: cannot be read: is not a regular file"},
		"own link": {func(b *fixture) { b.link("a.yml", "a.yml") }, "a.yml: cannot be read: too many levels of symbolic links"},
		"too large": {
			func(b *fixture) { b.writeOld("a.yml", strings.Repeat("#", 16<<20+1)) },
			"a.yml: is larger than 16 MiB",
		},
		"not UTF-8": {func(b *fixture) { b.writeOld("a.yml", "- {\n\xff}") }, "a.yml:2: the byte 0xff is not UTF-8"},
		"empty":     {func(b *fixture) { b.writeOld("a.yml", "") }, "a.yml: is empty"},
		"comments":  {func(b *fixture) { b.writeOld("a.yml", "# none\n") }, "a.yml: is empty"},
		"two jobs": {
			func(b *fixture) { b.writeOld("a.yml", jobs("1")+jobs("1")) },
			`a.yml:2: [1].ids[0]: job \"1\" of provider \"cfw\" is given twice, first as [0].ids[0] in line 1`,
		},
		"unreadable": {
			func(b *fixture) { b.writeOld("a.yml", jobs("1")); b.try(os.Chmod(b.path("a.yml"), 0)) },
			"a.yml: cannot be read: permission denied",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			b := newFixture(t, "*.yml")
			asNobody(b)
			tt.make(b)
			age(b)
			b.wantLoad("")
			b.wantLog(`level=error msg="job file is broken" file=a.yml jobs_kept=0 err="` + tt.want + `"`)
			b.wantMetric("a.yml 1")
			b.wantLoad("")
			b.wantLog()
		})
	}
}

// age makes a.yml old, whatever it is, where that can be done.
func age(b *fixture) {
	if info, err := os.Lstat(b.path("a.yml")); err == nil && info.Mode()&os.ModeSymlink == 0 {
		b.touch("a.yml", time.Now().Add(-time.Hour))
	}
}

func TestFileBecomesUnreadable(t *testing.T) { stopped(t, testFileBecomesUnreadable) }

func testFileBecomesUnreadable(b *fixture) {
	asNobody(b)
	b.writeOld("a.yml", jobs("1"))
	b.wantLoad("a.yml=1")
	b.try(os.Chmod(b.path("a.yml"), 0))
	b.wantThen("a.yml=1")
	b.wantLog(`level=error msg="job file is broken" file=a.yml jobs_kept=1 err="a.yml: cannot be read: permission denied"`)
	b.try(os.Chmod(b.path("a.yml"), 0o600))
	b.wantLoad("a.yml=1")
	b.wantLog(`level=info msg="job file is good again" file=a.yml jobs=1`)
}

func TestFolderBecomesUnlistable(t *testing.T) {
	for name, mode := range map[string]os.FileMode{"searchable": 0o100, "closed": 0} {
		t.Run(name, func(t *testing.T) {
			b := newFixture(t, "jobs.d/*.yml", "jobs.d/fixed.txt")
			asNobody(b)
			b.mkdir("jobs.d")
			b.writeOld("jobs.d/a.yml", jobs("1"))
			b.writeOld("jobs.d/b.yml", jobs("2"))
			b.wantLoad("jobs.d/a.yml=1 jobs.d/b.yml=2")

			b.try(os.Chmod(b.path("jobs.d"), mode))
			b.wantLoad("jobs.d/a.yml=1 jobs.d/b.yml=2")
			if mode == 0 {
				b.wantMetric("jobs.d 1, jobs.d/a.yml 1, jobs.d/b.yml 1, jobs.d/fixed.txt 1")
			} else {
				b.wantMetric("jobs.d 1, jobs.d/a.yml 0, jobs.d/b.yml 0")
				b.wantLog(`level=error msg="job file is broken" file=jobs.d jobs_kept=0 err="jobs.d: cannot be listed: permission denied"`)
			}
			b.try(os.Chmod(b.path("jobs.d"), 0o700))
			b.remove("jobs.d/b.yml")
			b.wantLoad("jobs.d/a.yml=1")
			b.wantMetric("jobs.d/a.yml 0")
		})
	}
}

// asNobody takes from the process the right of root to read everything, until the end
// of the test. What it makes it may read, as modes allow.
func asNobody(b *fixture) {
	b.Helper()
	for dir := b.dir; dir != filepath.Dir(os.TempDir()) && dir != os.TempDir(); dir = filepath.Dir(dir) {
		b.try(os.Chmod(dir, 0o777))
	}
	const nobody, same = 65534, -1
	own := os.Geteuid()
	if own != 0 {
		return // it has no such right
	}
	b.try(syscall.Setresuid(same, nobody, same))
	b.Cleanup(func() {
		if err := syscall.Setresuid(same, own, same); err != nil {
			b.Error(err)
		}
	})
}
