//go:build !unix || aix || solaris || android

package storage

import (
	"os"
	"time"
)

// lock leaves it to bbolt to lock the file.
func lock(*os.File, time.Duration) error { return nil }

func unlock(*os.File) {}
