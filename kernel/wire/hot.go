package wire

import "unsafe"

// The kinds that most fields have are spared the way through single and an
// element: it costs three indirect calls a field where one will do.

// singleField returns the codec of a field that comes once.
func singleField(t tag, of element) codec {
	switch e := of.(type) {
	case unsigned[uint8]:
		return count[uint8]{t, 8}
	case unsigned[uint32]:
		return count[uint32]{t, 32}
	case unsigned[uint64]:
		return count[uint64]{t, 64}
	case unsigned[uint]:
		return count[uint]{t, e.bits}
	case text[[]byte]:
		return blob{t}
	case word:
		return line{t}
	}
	return single{t, of}
}

// count is a field of an unsigned integer.
type count[T uint8 | uint32 | uint64 | uint] struct {
	tag  tag
	bits int
}

func (f count[T]) size(p unsafe.Pointer, depth int) int {
	if *(*T)(p) == 0 {
		return 0
	}
	return f.tag.size() + uvarintSize(uint64(*(*T)(p)))
}

func (f count[T]) append(b []byte, p unsafe.Pointer, depth int) ([]byte, error) {
	if *(*T)(p) == 0 {
		return b, nil
	}
	return appendUvarint(f.tag.append(b), uint64(*(*T)(p))), nil
}

func (f count[T]) read(r *Reader, p unsafe.Pointer) { *(*T)(p) = T(r.Uint(f.bits)) }

// blob is a field of bytes.
type blob struct{ tag tag }

func (f blob) size(p unsafe.Pointer, depth int) int { return f.tag.sizeText(len(*(*[]byte)(p))) }

func (f blob) append(b []byte, p unsafe.Pointer, depth int) ([]byte, error) {
	return appendText(b, f.tag, *(*[]byte)(p)), nil
}

func (f blob) read(r *Reader, p unsafe.Pointer) { *(*[]byte)(p) = r.Bytes() }

// line is a field of a string.
type line struct{ tag tag }

func (f line) size(p unsafe.Pointer, depth int) int { return f.tag.sizeText(len(*(*string)(p))) }

func (f line) append(b []byte, p unsafe.Pointer, depth int) ([]byte, error) {
	return appendText(b, f.tag, *(*string)(p)), nil
}

func (f line) read(r *Reader, p unsafe.Pointer) { *(*string)(p) = r.String() }

func appendText[T string | []byte](b []byte, t tag, v T) []byte {
	if len(v) == 0 {
		return b
	}
	return append(appendUvarint(t.append(b), uint64(len(v))), v...)
}

func (t tag) sizeText(n int) int {
	if n == 0 {
		return 0
	}
	return t.size() + countedSize(n)
}
