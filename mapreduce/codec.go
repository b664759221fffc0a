package mapreduce

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"unsafe"
)

// codec is how values of one type become bytes. The bytes of strings and
// numbers are ordered as they are.
type codec[T any] struct {
	append func([]byte, T) []byte
	decode func([]byte) (T, error) // of bytes that are used again afterwards
	// view returns the bytes of a value without a copy; nil if that takes one.
	view func(T) []byte
	// word and unword turn a value into a number and back; nil if it does not fit.
	word   func(T) uint64
	unword func(uint64) T
}

// keyCodec returns the codec of a type of keys.
func keyCodec[T any]() (codec[T], error) {
	c, ok := basicCodec[T]()
	if !ok {
		return c, fmt.Errorf("keys of type %v: use a string, []byte, a number, or a type made of one of these", reflect.TypeFor[T]())
	}
	return c, nil
}

// valueCodec returns the codec of a type of values: what is not basic travels as
// JSON.
func valueCodec[T any]() codec[T] {
	if c, ok := basicCodec[T](); ok {
		return c
	}
	return codec[T]{
		append: func(to []byte, v T) []byte {
			text, err := json.Marshal(v)
			if err != nil {
				panic(fmt.Errorf("a value does not become JSON: %w", err))
			}
			return append(to, text...)
		},
		decode: func(b []byte) (v T, err error) { return v, json.Unmarshal(b, &v) },
	}
}

func basicCodec[T any]() (codec[T], bool) {
	t := reflect.TypeFor[T]()
	switch t.Kind() {
	case reflect.String:
		return stringCodec[T](), true
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return bytesCodec[T](), true
		}
	case reflect.Int, reflect.Int64, reflect.Int32:
		if t.Size() == 8 {
			return number(func(v *T) uint64 { return *(*uint64)(unsafe.Pointer(v)) ^ signBit }, func(n uint64) T { return of[T](n ^ signBit) }), true
		}
		return number(func(v *T) uint64 { return uint64(int64(*(*int32)(unsafe.Pointer(v)))) ^ signBit },
			func(n uint64) T { return of[T](uint32(n ^ signBit)) }), true
	case reflect.Uint, reflect.Uint64, reflect.Uint32:
		if t.Size() == 8 {
			return number(func(v *T) uint64 { return *(*uint64)(unsafe.Pointer(v)) }, func(n uint64) T { return of[T](n) }), true
		}
		return number(func(v *T) uint64 { return uint64(*(*uint32)(unsafe.Pointer(v))) }, func(n uint64) T { return of[T](uint32(n)) }), true
	case reflect.Float64:
		return number(func(v *T) uint64 { return orderedFloat(*(*float64)(unsafe.Pointer(v))) },
			func(n uint64) T { return of[T](unorderedFloat(n)) }), true
	}
	return codec[T]{}, false
}

const signBit = 1 << 63

// of reads n's memory as a value of T, which is of the same size.
func of[T, N any](n N) T { return *(*T)(unsafe.Pointer(&n)) }

// orderedFloat maps floats to numbers in the same order: negative ones have all
// bits turned, others the sign alone.
func orderedFloat(f float64) uint64 {
	b := math.Float64bits(f)
	if b&signBit != 0 {
		return ^b
	}
	return b | signBit
}

func unorderedFloat(n uint64) float64 {
	if n&signBit != 0 {
		return math.Float64frombits(n &^ signBit)
	}
	return math.Float64frombits(^n)
}

func number[T any](word func(*T) uint64, unword func(uint64) T) codec[T] {
	return codec[T]{
		append: func(to []byte, v T) []byte { return binary.BigEndian.AppendUint64(to, word(&v)) },
		decode: func(b []byte) (v T, err error) {
			if len(b) != 8 {
				return v, fmt.Errorf("a number of %d bytes", len(b))
			}
			return unword(binary.BigEndian.Uint64(b)), nil
		},
		word:   func(v T) uint64 { return word(&v) },
		unword: unword,
	}
}

func stringCodec[T any]() codec[T] {
	view := func(v T) []byte {
		s := *(*string)(unsafe.Pointer(&v))
		return unsafe.Slice(unsafe.StringData(s), len(s))
	}
	return codec[T]{
		append: func(to []byte, v T) []byte { return append(to, view(v)...) },
		decode: func(b []byte) (T, error) { return of[T](string(b)), nil },
		view:   view,
	}
}

func bytesCodec[T any]() codec[T] {
	view := func(v T) []byte { return *(*[]byte)(unsafe.Pointer(&v)) }
	return codec[T]{
		append: func(to []byte, v T) []byte { return append(to, view(v)...) },
		decode: func(b []byte) (T, error) { return of[T](append([]byte(nil), b...)), nil },
		view:   view,
	}
}
