//go:build !linux

package process

import "syscall"

// dieWithParent has no counterpart here: a test that is killed leaves its
// programs running.
func dieWithParent() *syscall.SysProcAttr { return nil }
