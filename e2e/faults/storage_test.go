package faults

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"

	"cloudjob_exporter/e2e/process"
)

const registered = "balancer"

// register registers the job, as a pipeline does.
func (w *world) register(parameters string) {
	w.t.Helper()
	if _, err := w.exporter.Do(http.MethodPut, "/api/v1/jobs/elb/prod/"+registered+"?api_version=v1.0"+parameters); err != nil {
		w.t.Error(err)
	}
}

// remembered is the course of a disk that fails: no status shows it.
var remembered = course{unnoticed, 0, 3, never}

// storageRows are disks that fail when a job is registered.
func storageRows() []row {
	return []row{
		storing("file system full", func(w *world) (mend func()) {
			info, err := os.Stat(w.path("storage/jobs.db"))
			if err != nil {
				w.t.Fatal(err)
			}
			w.limitFiles(fmt.Sprint(info.Size() + 1)) // a byte of the next record is written, and no more
			return func() { w.limitFiles("unlimited") }
		}),
		storing("volume gone", func(w *world) (mend func()) {
			w.rename("storage", "elsewhere")
			return func() { w.rename("elsewhere", "storage") }
		}),
	}
}

// storing is the row of a fault of the storage. A registration that is changed meanwhile
// is answered, and survives kill -9 once the disk works again.
func storing(name string, breaks func(*world) (mend func())) row {
	return row{storage, fault{name: name, registers: true, begin: func(s *situation) func() {
		mend := breaks(s.world)
		s.register("&stuck_after=45m")
		return func() {
			if s.exporter.Number("cloudjob_exporter_storage_errors_total") == 0 {
				s.t.Error("the storage has not failed")
			}
			mend()
			const works = "storage works again"
			process.Eventually(s.t, works, func() error {
				if !strings.Contains(s.exporter.Log(), works) {
					return fmt.Errorf("not in the log:\n%s", s.exporter.Log())
				}
				return nil
			})
			s.exporter.Kill()
			s.launch()
			if n := s.exporter.Number(`job_stuck_threshold_seconds\{job_id="` + registered + `",provider="elb"\}`); n != 45*60 {
				s.t.Errorf("after a restart, the job is stuck after %d s", n)
			}
		}
	}}, "", remembered}
}

// limitFiles keeps the exporter's files from growing beyond so many bytes, or no longer
// does. What is beyond cannot be written, as if the file system were full.
func (w *world) limitFiles(bytes string) {
	w.t.Helper()
	limit := exec.CommandContext(w.t.Context(), "prlimit", fmt.Sprintf("--pid=%d", w.exporter.PID()), "--fsize="+bytes+":")
	if output, err := limit.CombinedOutput(); err != nil {
		w.t.Fatalf("prlimit: %v\n%s", err, output)
	}
}

func (w *world) rename(from, to string) {
	w.t.Helper()
	if err := os.Rename(w.path(from), w.path(to)); err != nil {
		w.t.Fatal(err)
	}
}
