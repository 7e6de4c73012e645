package storage

// element is a line of a branch, with a child, or of a leaf, with flags and a value.
type element struct {
	flags      uint32
	child      uint64
	key, value []byte
}

// elementsOf reads the elements of a page.
func elementsOf(b []byte, id uint64) ([]element, error) {
	count := int(order.Uint16(b[10:]))
	data := headerSize + count*elementSize
	if data > len(b) {
		return nil, damaged("page %d is too small for its elements", id)
	}
	isLeaf := order.Uint16(b[8:]) == leafFlag
	elements := make([]element, count)
	for i := range elements {
		at := headerSize + i*elementSize
		word := func(n int) uint32 { return order.Uint32(b[at+4*n:]) }
		e, pos, keySize, valueSize := &elements[i], word(0), word(1), uint32(0)
		if isLeaf {
			e.flags, pos, keySize, valueSize = word(0), word(1), word(2), word(3)
		} else {
			e.child = order.Uint64(b[at+8:])
		}
		from := uint64(at) + uint64(pos)
		middle := from + uint64(keySize)
		to := middle + uint64(valueSize)
		if from < uint64(data) || to > uint64(len(b)) || keySize == 0 {
			return nil, damaged("element %d of page %d lies outside of it", i, id)
		}
		e.key, e.value = b[from:middle], b[middle:to]
	}
	return elements, nil
}
