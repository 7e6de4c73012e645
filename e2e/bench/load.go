package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/go-kit/log"
	"go.yaml.in/yaml/v3"

	"cloudjob_exporter/config"
	"cloudjob_exporter/poller"
	"cloudjob_exporter/provider"
	"cloudjob_exporter/watchlist"
)

// Loads is what a start with many job files takes.
type Loads struct {
	Jobs        int
	Ours, Plain time.Duration // in processor time: yaml.Unmarshal of the same files is the floor
	Live        int           // bytes
}

// measureLoad starts with job files, and reads the same files with nothing but the
// YAML library.
func measureLoad(jobs int) Loads {
	folder, err := os.MkdirTemp("", "bench")
	must(err)
	defer func() { must(os.RemoveAll(folder)) }()
	paths := writeJobFiles(folder, jobs)
	l := Loads{Jobs: jobs}
	runtime.GC()
	cpu := processorTime()
	for _, path := range paths {
		text, err := os.ReadFile(path)
		must(err)
		var groups []struct {
			Provider, Project string
			IDs               []string
		}
		must(yaml.Unmarshal(text, &groups))
	}
	l.Plain = processorTime() - cpu

	empty := liveHeap()
	registry := newRegistry()
	p := poller.New(log.NewNopLogger(), registry, nil)
	defer p.Close()
	list := watchlist.New(watchlist.Options{Logger: log.NewNopLogger(), Metrics: registry, Poller: p, Read: func() (*config.Config, error) {
		return config.Parse(filepath.Join(folder, "cloudjob.yml"), []byte(`
projects: [{name: prod, cloud: otc, region: eu-de, project_id: `+changesProject+`, metadata: true}]
job_files: [many-*.yml]
`), config.Options{Providers: provider.Schema()})
	}})
	defer list.Close()
	cpu = processorTime()
	must(list.Load())
	l.Ours = processorTime() - cpu
	l.Live = liveHeap() - empty
	if n := len(p.Snapshot().Jobs()); n != jobs {
		must(fmt.Errorf("%d jobs are watched, want %d", n, jobs))
	}
	return l
}

// liveHeap is the memory of what is reachable.
func liveHeap() int {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc) //nolint:gosec // it fits
}

// writeJobFiles writes job files that name so many jobs, and returns their paths. The
// files are old: one that has just been written is read again soon, to be sure.
func writeJobFiles(folder string, jobs int) (paths []string) {
	old := time.Now().Add(-time.Hour)
	for n := 0; n < jobs; n += perFile {
		var b strings.Builder
		b.WriteString("- provider: cfw\n  project: prod\n  ids:\n")
		for i := n; i < min(n+perFile, jobs); i++ {
			fmt.Fprintf(&b, "    - %08x-e26c-400d-8981-%012x\n", i, i)
		}
		path := filepath.Join(folder, fmt.Sprintf("many-%d.yml", n/perFile))
		must(os.WriteFile(path, []byte(b.String()), 0o600))
		must(os.Chtimes(path, old, old))
		paths = append(paths, path)
	}
	return paths
}

// processorTime is what this process has used.
func processorTime() time.Duration {
	var u syscall.Rusage
	must(syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
