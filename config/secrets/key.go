package secrets

import "unicode"

// CheckKey returns what is wrong with an access key, a secret key or a token:
// these have no spaces, and most of them travel in headers.
func CheckKey(text string) (mistake string) {
	for _, r := range text {
		switch {
		case unicode.IsSpace(r):
			return "has a space in it"
		case r <= ' ', r >= 0x7f:
			return "has a character in it that keys and tokens do not have; they are letters, digits and signs of ASCII"
		}
	}
	return ""
}
