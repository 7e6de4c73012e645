//go:build unix

package regular

import "syscall"

// NonBlocking is a flag for os.OpenFile. With it, open returns at once for a pipe that
// nobody else has open. For a regular file it changes nothing.
const NonBlocking = syscall.O_NONBLOCK
