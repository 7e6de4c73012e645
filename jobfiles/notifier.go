package jobfiles

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"sync/atomic"
	"syscall"

	"github.com/fsnotify/fsnotify"
)

// notifier is a source that the kernel feeds. It watches folders, not files, so that
// thousands of files cost nothing.
type notifier struct {
	watcher *fsnotify.Watcher
	happens chan struct{}
	folders atomic.Pointer[map[string]*interest]
	stale   atomic.Bool // a folder was replaced, or may have been
	ended   chan struct{}
}

func openNotifier() (source, error) {
	w, err := fsnotify.NewWatcher()
	if errors.Is(err, syscall.EMFILE) {
		return nil, fmt.Errorf("the limit fs.inotify.max_user_instances, or that of open files, is reached: %w", err)
	}
	if err != nil {
		return nil, err
	}
	n := &notifier{watcher: w, happens: make(chan struct{}, 1), ended: make(chan struct{})}
	n.folders.Store(&map[string]*interest{})
	go n.run()
	return n, nil
}

func (n *notifier) events() <-chan struct{} { return n.happens }

func (n *notifier) close() {
	_ = n.watcher.Close() // it only reads
	<-n.ended
}

func (n *notifier) run() {
	defer close(n.ended)
	for {
		select {
		case e, ok := <-n.watcher.Events:
			if !ok {
				return
			}
			if !n.matters(e.Name) {
				continue
			}
			if e.Op != fsnotify.Chmod && n.watches(e.Name) {
				// What was below it went with it, of which the kernel does not tell.
				n.stale.Store(true)
			}
		case _, ok := <-n.watcher.Errors:
			if !ok {
				return
			}
			n.stale.Store(true) // events are lost
		}
		select {
		case n.happens <- struct{}{}:
		default:
		}
	}
}

// matters reports whether the thing with this path could change what a search finds.
func (n *notifier) matters(path string) bool {
	path = filepath.Clean(path)
	in, ok := (*n.folders.Load())[filepath.Dir(path)]
	return !ok || in.in(filepath.Base(path)) || n.watches(path)
}

// watches reports whether path is a folder that is watched itself.
func (n *notifier) watches(path string) bool {
	return (*n.folders.Load())[filepath.Clean(path)] != nil
}

func (n *notifier) watch(folders map[string]*interest, anew bool) (added bool, err error) {
	n.folders.Store(&folders)
	anew = n.stale.Swap(false) || anew
	watched := make(map[string]bool)
	for _, path := range n.watcher.WatchList() {
		if folders[path] != nil && !anew {
			watched[path] = true
			continue
		}
		_ = n.watcher.Remove(path) // it fails for what is gone by now
	}
	for _, path := range slices.Sorted(maps.Keys(folders)) {
		if watched[path] {
			continue
		}
		switch addErr := n.watcher.Add(path); {
		case addErr == nil:
			added = true
		case !absent(addErr) && (err == nil || errors.Is(err, fs.ErrPermission)):
			err = explain(path, addErr)
		}
	}
	return added, err
}

// explain says what a full disk is to inotify. The folder is then left out: it is
// another one each time.
func explain(folder string, err error) error {
	if errors.Is(err, syscall.ENOSPC) {
		return fmt.Errorf("the limit fs.inotify.max_user_watches is reached: %w", err)
	}
	return fmt.Errorf("%s: %w", folder, err)
}
