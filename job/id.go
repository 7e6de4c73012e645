package job

// maxID is the length of the longest ID of a job, in bytes.
const maxID = 128

// ValidID reports whether id may stand in a request: it has 1 to 128 of A-Z a-z 0-9
// . _ -. The IDs of the APIs are not always UUIDs, but they are never a path.
func ValidID(id string) bool {
	if id == "" || len(id) > maxID || id == "." || id == ".." {
		return false
	}
	for _, c := range []byte(id) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '.', c == '_', c == '-':
		default:
			return false
		}
	}
	return true
}
