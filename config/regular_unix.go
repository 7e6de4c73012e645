//go:build unix

package config

import "syscall"

// openNonBlocking makes open return at once for a pipe that nobody writes to. Reading
// a regular file is the same with it.
const openNonBlocking = syscall.O_NONBLOCK
