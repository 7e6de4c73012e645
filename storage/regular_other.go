//go:build !unix

package storage

const openNonBlocking = 0
