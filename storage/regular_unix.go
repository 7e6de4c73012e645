//go:build unix

package storage

import "syscall"

// openNonBlocking makes open return at once for a pipe that nobody else has open. A
// regular file is the same with it.
const openNonBlocking = syscall.O_NONBLOCK
