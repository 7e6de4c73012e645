package jobfiles

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The tests in this file are about what the kernel tells: they wait for it, but for no
// time that is theirs.

func TestRunNoticesEveryWayOfWriting(t *testing.T) {
	b := newFixture(t, "jobs.d/*.yml")
	b.mkdir("jobs.d")
	b.load()
	b.run()

	b.write("jobs.d/a.yml", jobs("1"))
	b.await("jobs.d/a.yml=1")
	b.write("jobs.d/a.yml", jobs("2"))
	b.await("jobs.d/a.yml=2")
	b.write("jobs.d/.a.yml.new", jobs("3"))
	b.rename("jobs.d/.a.yml.new", "jobs.d/a.yml")
	b.await("jobs.d/a.yml=3")
	b.write("elsewhere", jobs("4"))
	b.rename("elsewhere", "jobs.d/a.yml")
	b.await("jobs.d/a.yml=4")

	f, err := os.OpenFile(b.path("jobs.d/a.yml"), os.O_APPEND|os.O_WRONLY, 0)
	b.try(err)
	_, err = f.WriteString(jobs("5"))
	b.try(err)
	b.try(f.Close())
	b.await("jobs.d/a.yml=4,5")

	b.try(os.Link(b.path("jobs.d/a.yml"), b.path("jobs.d/b.yml")))
	b.await("jobs.d/a.yml=4,5 jobs.d/b.yml=4,5")
	b.rename("jobs.d/b.yml", "jobs.d/c.yml")
	b.await("jobs.d/a.yml=4,5 jobs.d/c.yml=4,5")
	b.remove("jobs.d/c.yml")
	b.await("jobs.d/a.yml=4,5")
	b.remove("jobs.d/a.yml")
	b.await("")
	b.write("jobs.d/a.yml", jobs("6"))
	b.await("jobs.d/a.yml=6")
	b.wantLog()
}

func TestRunShowsNoHalfWrittenFile(t *testing.T) {
	b := newFixture(t, "*.yml")
	b.write("a.yml", jobs("1"))
	b.load()
	b.run()
	f, err := os.OpenFile(b.path("a.yml"), os.O_TRUNC|os.O_WRONLY, 0)
	b.try(err)
	for part := range strings.SplitAfterSeq(jobs("2", "3"), ",") {
		_, err = f.WriteString(part)
		b.try(err)
	}
	b.try(f.Close())
	if got := <-b.changes; got != "a.yml=2,3" {
		t.Errorf("the first change is to %q", got)
	}
	b.wantLog()
}

func TestRunNoticesBrokenAndMended(t *testing.T) {
	b := newFixture(t, "*.yml")
	b.writeOld("a.yml", jobs("1"))
	b.load()
	b.run()
	b.write("a.yml", "- {provider: cfw, project: prod, ids: [2\n")
	b.awaitLog(`level=error msg="job file is broken" file=a.yml jobs_kept=1 err="a.yml:1: a bracket opened in line 1 is never closed"`)
	b.wantMetric("a.yml 1")
	b.write("a.yml", jobs("2"))
	b.await("a.yml=2")
	b.awaitLog(`level=info msg="job file is good again" file=a.yml jobs=1`)
	b.write("a.yml", "")
	b.awaitLog(`level=error msg="job file is broken" file=a.yml jobs_kept=1 err="a.yml: is empty"`)
	if n := len(b.changes); n != 0 {
		t.Errorf("%d changes more", n)
	}
}

func TestRunFollowsFolders(t *testing.T) {
	b := newFixture(t, "a/b/c/*.yml")
	b.load()
	b.run()
	fill := func(folder, id string) { b.mkdir(folder); b.write(folder+"/x.yml", jobs(id)) }
	want := func(id string) { b.Helper(); b.await("a/b/c/x.yml=" + id) }

	fill("a/b/c", "1") // created later
	want("1")
	fill("new", "2") // replaced
	b.rename("a/b/c", "old")
	b.rename("new", "a/b/c")
	want("2")
	fill("new/c", "3") // replaced above
	b.rename("a/b", "older")
	b.rename("new", "a/b")
	want("3")
	b.write("a/b/c/x.yml", jobs("4"))
	want("4")
	b.remove("a")
	b.await("")
	fill("a/b/c", "5") // created again
	want("5")
	b.write("a/b/c/x.yml", jobs("6"))
	want("6")
}

func TestRunFollowsLinks(t *testing.T) {
	b := newFixture(t, "etc/jobs.d/*.yml")
	for i, dir := range []string{"v1", "v2", "far"} {
		b.mkdir("mnt/" + dir)
		b.write("mnt/"+dir+"/x.yml", jobs(fmt.Sprint(i+1)))
	}
	b.mkdir("etc")
	b.link("../mnt/current", "etc/jobs.d") // over another link
	b.link("v1", "mnt/current")
	if got := b.load(); got != "etc/jobs.d/x.yml=1" {
		t.Fatalf("it begins with %q", got)
	}
	b.run()
	b.write("mnt/v1/x.yml", jobs("4"))
	b.await("etc/jobs.d/x.yml=4")
	b.link("v2", "mnt/current")
	b.await("etc/jobs.d/x.yml=2")
	b.write("mnt/v2/x.yml", jobs("5"))
	b.await("etc/jobs.d/x.yml=5")
	b.link(b.path("mnt/far"), "etc/jobs.d")
	b.await("etc/jobs.d/x.yml=3")

	b.link(b.path("mnt/v1/x.yml"), "mnt/far/y.yml") // one file elsewhere
	b.await("etc/jobs.d/x.yml=3 etc/jobs.d/y.yml=4")
	b.write("mnt/v1/x.yml", jobs("6"))
	b.await("etc/jobs.d/x.yml=3 etc/jobs.d/y.yml=6")
	b.remove("mnt/v1")
	b.await("etc/jobs.d/x.yml=3")
	b.mkdir("mnt/v1")
	b.write("mnt/v1/x.yml", jobs("7"))
	b.await("etc/jobs.d/x.yml=3 etc/jobs.d/y.yml=7")
}

func TestRunTakesNewPatterns(t *testing.T) {
	b := newFixture(t, "a/*.yml")
	b.mkdir("a")
	b.mkdir("b")
	b.load()
	b.run()
	b.write("a/x.yml", jobs("1"))
	b.await("a/x.yml=1")
	moved := newFixture(t)
	moved.dir = b.dir
	moved.match("b/*.yml")
	b.set.Use(moved.patterns, b)
	if files := b.given(); files != "" {
		t.Fatalf("%v are there too early", files)
	}
	b.write("b/x.yml", jobs("2"))
	b.await("b/x.yml=2")
}

// TestRunFollowsConfigMap writes as the kubelet does: a folder for each version, and a
// link ..data to it that is replaced.
func TestRunFollowsConfigMap(t *testing.T) {
	b := newFixture(t, "jobs.d/*.yml")
	b.mkdir("jobs.d")
	b.load()
	b.run()
	version := 0
	update := func(files map[string]string) {
		t.Helper()
		version++
		now := fmt.Sprintf("..2026_11_21_10_00_%02d.%09d", version, version)
		old, _ := os.Readlink(b.path("jobs.d/..data")) // none at first
		b.try(os.Mkdir(b.path("jobs.d/"+now), 0o755))
		for name, text := range files {
			b.write("jobs.d/"+now+"/"+name, text)
		}
		b.try(os.Symlink(now, b.path("jobs.d/..data_tmp")))
		b.rename("jobs.d/..data_tmp", "jobs.d/..data")
		for name := range files {
			if _, err := os.Lstat(b.path("jobs.d/" + name)); err != nil {
				b.try(os.Symlink(filepath.Join("..data", name), b.path("jobs.d/"+name)))
			}
		}
		entries, err := os.ReadDir(b.path("jobs.d"))
		b.try(err)
		for _, e := range entries {
			if _, ok := files[e.Name()]; !ok && !strings.HasPrefix(e.Name(), "..") {
				b.remove("jobs.d/" + e.Name())
			}
		}
		if old != "" {
			b.remove("jobs.d/" + old)
		}
	}
	update(map[string]string{"a.yml": jobs("1")})
	b.await("jobs.d/a.yml=1")
	update(map[string]string{"a.yml": jobs("2")})
	b.await("jobs.d/a.yml=2")
	update(map[string]string{"a.yml": jobs("3"), "b.yml": jobs("4")})
	b.await("jobs.d/a.yml=3 jobs.d/b.yml=4")
	update(map[string]string{"b.yml": jobs("5")})
	b.await("jobs.d/b.yml=5")
	b.wantLog()
	b.wantMetric("jobs.d/b.yml 0")
	update(map[string]string{"b.yml": "broken"})
	b.awaitLog(`level=error msg="job file is broken" file=jobs.d/b.yml jobs_kept=1 err="jobs.d/b.yml:1: must be a list, not text"`)
	update(map[string]string{"b.yml": jobs("6")})
	b.await("jobs.d/b.yml=6")
}

func TestNotifierCaresForWhatMatters(t *testing.T) {
	b := newFixture(t, "jobs.d/*.yml")
	b.mkdir("jobs.d")
	b.mkdir("mnt")
	b.write("mnt/list", jobs("1"))
	b.link(b.path("mnt/list"), "jobs.d/x.yml")
	src, err := openNotifier()
	b.try(err)
	defer src.close()
	found := find(b.patterns)
	n := src.(*notifier)
	for round, want := range []bool{true, false} {
		if added, err := n.watch(found.folders, false); err != nil || added != want {
			t.Errorf("round %d: folders added: %t, %v; want %t", round, added, err, want)
		}
	}
	for path, want := range map[string]bool{
		"jobs.d/a.yml": true, "jobs.d/x.yml": true, "jobs.d/a.tmp": false, "jobs.d/.a.yml": false, "jobs.d": true,
		"mnt/list": true, "mnt/other": false, "other": false, "unknown/folder": true,
	} {
		if got := n.matters(b.path(path)); got != want {
			t.Errorf("%s matters: %t, want %t", path, got, want)
		}
	}

	n.stale.Store(true)
	if added, err := n.watch(found.folders, false); err != nil || !added {
		t.Errorf("after lost events no folder is watched anew: %v", err)
	}
	b.rename("jobs.d", "old")
	b.mkdir("jobs.d")
	<-n.events()
	if !n.stale.Load() {
		t.Error("a folder that was replaced leaves everything as it is")
	}
	if added, err := n.watch(found.folders, true); err != nil || !added {
		t.Errorf("no folder is watched anew: %v", err)
	}
	if added, err := n.watch(nil, false); err != nil || added || len(n.watcher.WatchList()) != 0 {
		t.Errorf("%v are still watched: %v", n.watcher.WatchList(), err)
	}
}
