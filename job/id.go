package job

import "regexp"

var validID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,128}$`)

// ValidID reports whether id may stand in a request. The IDs of the APIs are not always
// UUIDs, but they are never a path.
func ValidID(id string) bool { return validID.MatchString(id) && id != "." && id != ".." }
