package jobfiles

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestLoadFindsFiles(t *testing.T) {
	b := newFixture(t, "jobs.d/*.yml", "b*.yml", "jobs.d/a.yml", "teams/*/jobs/[xy].yml", "none.yml", "none/*.yml", "one.yml/*.yml")
	for _, dir := range []string{"jobs.d", "teams/blue/jobs", "teams/red/jobs", "teams/.hidden/jobs"} {
		b.mkdir(dir)
	}
	for i, name := range []string{
		"jobs.d/b.yml", "jobs.d/a.yml", "jobs.d/.c.yml", "jobs.d/d.yml~", "jobs.d/e.txt", "b1.yml",
		"teams/blue/jobs/x.yml", "teams/red/jobs/y.yml", "teams/red/jobs/z.yml", "teams/.hidden/jobs/x.yml",
		"teams/readme", "one.yml",
	} {
		b.writeOld(name, jobs(fmt.Sprint(i)))
	}
	b.writeOld("jobs.d/none.yml", "[]\n")
	b.wantLoad("b1.yml=5 jobs.d/a.yml=1 jobs.d/b.yml=0 teams/blue/jobs/x.yml=6 teams/red/jobs/y.yml=7")
	b.wantMetric("b1.yml 0, jobs.d/a.yml 0, jobs.d/b.yml 0, jobs.d/none.yml 0, teams/blue/jobs/x.yml 0, teams/red/jobs/y.yml 0")

	b.match("jobs.d/.*.yml", "jobs.d/*~", "teams/.hidden/jobs/*")
	b.wantLoad("jobs.d/.c.yml=2 jobs.d/d.yml~=3 teams/.hidden/jobs/x.yml=9")
	b.wantMetric("jobs.d/.c.yml 0, jobs.d/d.yml~ 0, teams/.hidden/jobs/x.yml 0")
	b.match()
	b.wantLoad("")
	b.wantMetric("")
	b.wantLog()
}

func TestLoadRelativePatterns(t *testing.T) {
	b := newFixture(t)
	t.Chdir(b.dir)
	b.mkdir("a[1]")
	b.writeOld("a.yml", jobs("1"))
	b.writeOld("a[1]/b.yml", jobs("2"))
	b.patterns = []string{"*.yml", `a\[1]/*.yml`, "./a.yml"}
	b.wantLoad("a.yml=1 a[1]/b.yml=2")
}

func TestLoadPassesRepeatedJobsThrough(t *testing.T) {
	b := newFixture(t, "*.yml")
	b.writeOld("a.yml", jobs("1", "2"))
	b.writeOld("b.yml", jobs("2"))
	b.wantLoad("a.yml=1,2 b.yml=2")
	b.wantLog()
}

func TestLoadSurvivesFileNamesThatAreNotUTF8(t *testing.T) {
	b := newFixture(t, "*.yml")
	b.writeOld("\xff.yml", jobs("1"))
	b.wantLoad("\xff.yml=1")
	b.wantMetric("\uFFFD.yml 0")
	b.remove("\xff.yml")
	b.wantLoad("")
	b.wantMetric("")
}

func TestBrokenFileKeepsItsJobs(t *testing.T) { stopped(t, testBrokenFileKeepsItsJobs) }

func testBrokenFileKeepsItsJobs(b *fixture) {
	b.writeOld("a.yml", jobs("1", "2"))
	b.wantLoad("a.yml=1,2")

	b.writeOld("a.yml", "- {provider: cfw, project: prod, id: [3]}\n")
	const wrong = `level=error msg="job file is broken" file=a.yml jobs_kept=2 err="a.yml:1: [0].id: unknown key; did you mean ids?"`
	b.wantThen("a.yml=1,2")
	b.wantLog(wrong)
	b.wantMetric("a.yml 1")
	b.wantLoad("a.yml=1,2")
	b.wantLog()

	b.writeOld("a.yml", "jobs: []\n")
	b.wantThen("a.yml=1,2")
	b.wantLog(`level=error msg="job file is broken" file=a.yml jobs_kept=2 err="a.yml:1: must be a list, not a mapping"`)

	b.writeOld("a.yml", jobs("3"))
	b.wantLoad("a.yml=3")
	b.wantLog(`level=info msg="job file is good again" file=a.yml jobs=1`)
	b.wantMetric("a.yml 0")
}

func TestBrokenFileUnderAnotherConfiguration(t *testing.T) {
	b := newFixture(t, "*.yml")
	b.writeOld("a.yml", jobsOf("prod", "1")+jobsOf("test", "2")+"- {provider: elb, project: prod, api_version: v3, ids: [3]}\n")
	b.writeOld("b.yml", jobsOf("test", "4"))
	b.wantLoad("a.yml=1,2,3 b.yml=4")

	b.use("prod")
	b.wantLoad("a.yml=1,3")
	b.wantLog(
		`level=error msg="job file is broken" file=a.yml jobs_kept=2 err="a.yml:2: [1].project: no project has the name \"test\"; known are prod"`,
		`level=error msg="job file is broken" file=b.yml jobs_kept=0 err="b.yml:1: [0].project: no project has the name \"test\"; known are prod"`)
	b.wantMetric("a.yml 1, b.yml 1")
	b.use("test")
	b.wantLoad("a.yml=2 b.yml=4")
	b.use("prod", "test")
	b.wantLoad("a.yml=1,2,3 b.yml=4")
	b.wantMetric("a.yml 0, b.yml 0")
}

func TestVanishedFileTakesItsJobsAway(t *testing.T) {
	b := newFixture(t, "*.yml")
	b.writeOld("a.yml", jobs("1"))
	b.writeOld("b.yml", "broken")
	b.link("nowhere", "c.yml")
	b.wantLoad("a.yml=1")
	b.wantMetric("a.yml 0, b.yml 1")
	b.wantLog(`level=error msg="job file is broken" file=b.yml jobs_kept=0 err="b.yml:1: must be a list, not text"`)
	b.remove("a.yml")
	b.remove("b.yml")
	b.wantLoad("")
	b.wantMetric("")
	b.writeOld("a.yml", "")
	b.wantLoad("")
	b.wantLog(`level=error msg="job file is broken" file=a.yml jobs_kept=0 err="a.yml: is empty"`)
}

// TestFileBeingWritten has a clock that stands still.
func TestFileBeingWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFixture(t, "*.yml")
		b.writeOld("a.yml", jobs("1"))
		b.wantLoad("a.yml=1")
		for _, name := range []string{"a.yml", "new.yml"} {
			b.write(name, "")
			b.touch(name, time.Now())
		}
		b.wantLoad("a.yml=1")
		b.wantMetric("a.yml 0, new.yml 0")
		time.Sleep(writeTime - 1)
		b.use("test")
		b.wantLoad("")
		b.use("test", "prod")
		b.wantLoad("a.yml=1")
		b.wantLog()
		b.remove("new.yml")

		time.Sleep(time.Nanosecond)
		b.wantLoad("a.yml=1")
		b.wantMetric("a.yml 1")
		b.wantLog(`level=error msg="job file is broken" file=a.yml jobs_kept=1 err="a.yml: is empty"`)
		b.write("a.yml", "- ")
		b.touch("a.yml", time.Now())
		b.wantLoad("a.yml=1")
		b.wantMetric("a.yml 1")
		b.wantLog()
	})
}

func TestChangesWithinOneTickOfTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFixture(t, "*.yml")
		at := time.Now()
		for i := range 5 {
			b.write("a.yml", jobs(fmt.Sprint(i)))
			b.touch("a.yml", at)
			b.wantLoad(fmt.Sprintf("a.yml=%d", i))
			time.Sleep(clockTick / 5)
		}
	})
}

func TestThousandsOfUnchangedFilesAreNotRead(t *testing.T) {
	const n = 5000
	b := newFixture(t, "*.yml")
	for i := range n {
		b.writeOld(fmt.Sprintf("%04d.yml", i), jobs(fmt.Sprint(i)))
	}
	if got := len(strings.Fields(b.load())); got != n {
		t.Fatalf("%d files, want %d", got, n)
	}
	parses := func() int64 { b.load(); return b.parses.Swap(0) }
	b.parses.Store(0)
	if got := parses(); got > 0 {
		t.Errorf("%d times parsed though nothing has changed", got)
	}
	b.writeOld("0007.yml", jobs("7", "8"))
	b.writeOld("0008.yml", "broken")
	if got := parses(); got > 2 {
		t.Errorf("%d times parsed though two files have changed", got)
	}
	b.use("other")
	if got := parses(); got != n {
		t.Errorf("%d times parsed under a configuration that forbids all jobs, want %d", got, n)
	}

	b.use("prod")
	b.load()
	b.run()
	b.writeOld("0009.yml", "[]")
	<-b.changes
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	if len(open) > 100 {
		t.Errorf("%d files are open", len(open))
	}
}

func TestReplacedFileIsRead(t *testing.T) {
	b := newFixture(t, "*.yml")
	b.writeOld("a.yml", jobs("1"))
	b.wantLoad("a.yml=1")
	b.write("new", jobs("2"))
	info, err := os.Stat(b.path("a.yml"))
	b.try(err)
	b.touch("new", info.ModTime())
	b.rename("new", "a.yml")
	b.wantLoad("a.yml=2")
}

func TestNamesOfFilesAreThoseOfThePattern(t *testing.T) {
	b := newFixture(t, "link/*.yml")
	b.mkdir("real")
	b.link("real", "link")
	b.writeOld("real/a.yml", jobs("1"))
	b.wantLoad("link/a.yml=1")
}
