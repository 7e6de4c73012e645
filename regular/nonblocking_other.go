//go:build !unix

package regular

// NonBlocking is a flag for os.OpenFile.
const NonBlocking = 0
