package exposition

import (
	"hash/crc32"
)

// A CRC-32 is a polynomial over GF(2), its most significant coefficient in the
// lowest bit, modulo that of IEEE 802.3. To append n bytes multiplies by x^(8n):
//
//	crc(a + b) = crc(a) * x^(8*len(b)) + crc(b)

const one = 1 << 31 // the polynomial 1

// shift gives x^(8n).
func shift(n int) uint32 {
	product, square := uint32(one), uint32(one>>8) // 1 and x^8
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			product = multiply(product, square)
		}
		square = multiply(square, square)
	}
	return product
}

// multiply gives the product of two polynomials.
func multiply(a, b uint32) (product uint32) {
	for ; a != 0; a <<= 1 {
		product ^= b & -(a >> 31)
		b = b>>1 ^ crc32.IEEE&-(b&1)
	}
	return product
}

// combine gives the CRC-32 of two texts, of their own and the shift of the second's length.
func combine(first, second, shift uint32) uint32 {
	return multiply(first, shift) ^ second
}
