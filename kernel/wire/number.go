package wire

import (
	"cmp"
	"encoding/binary"
	"math"
	"reflect"
	"unsafe"
)

// number returns how to encode what packs into a slice without tags, or nil.
func number(k reflect.Kind) element {
	switch k {
	case reflect.Bool:
		return boolean{}
	case reflect.Uint8:
		return unsigned[uint8]{8}
	case reflect.Uint16:
		return unsigned[uint16]{16}
	case reflect.Uint32:
		return unsigned[uint32]{32}
	case reflect.Uint64:
		return unsigned[uint64]{64}
	case reflect.Uint:
		return unsigned[uint]{reflect.TypeFor[uint]().Bits()}
	case reflect.Int8:
		return signed[int8]{8}
	case reflect.Int16:
		return signed[int16]{16}
	case reflect.Int32:
		return signed[int32]{32}
	case reflect.Int64:
		return signed[int64]{64}
	case reflect.Int:
		return signed[int]{reflect.TypeFor[int]().Bits()}
	case reflect.Float32:
		return float{}
	case reflect.Float64:
		return double{}
	}
	return nil
}

type boolean struct{}

func (boolean) kind() kind                           { return varint }
func (boolean) zero(p unsafe.Pointer) bool           { return !*(*bool)(p) }
func (boolean) size(p unsafe.Pointer, depth int) int { return 1 }
func (boolean) append(b []byte, p unsafe.Pointer, depth int) ([]byte, error) {
	if *(*bool)(p) {
		return append(b, 1), nil
	}
	return append(b, 0), nil
}
func (boolean) read(r *Reader, p unsafe.Pointer) { *(*bool)(p) = r.uint(1) == 1 }

type unsigned[T uint8 | uint16 | uint32 | uint64 | uint] struct{ bits int }

func (unsigned[T]) kind() kind                 { return varint }
func (unsigned[T]) zero(p unsafe.Pointer) bool { return *(*T)(p) == 0 }
func (unsigned[T]) size(p unsafe.Pointer, depth int) int {
	return uvarintSize(uint64(*(*T)(p)))
}
func (unsigned[T]) append(b []byte, p unsafe.Pointer, depth int) ([]byte, error) {
	return appendUvarint(b, uint64(*(*T)(p))), nil
}
func (u unsigned[T]) read(r *Reader, p unsafe.Pointer) { *(*T)(p) = T(r.uint(u.bits)) }
func (unsigned[T]) compare(p, q unsafe.Pointer) int    { return cmp.Compare(*(*T)(p), *(*T)(q)) }

type signed[T int8 | int16 | int32 | int64 | int] struct{ bits int }

func (signed[T]) kind() kind                 { return varint }
func (signed[T]) zero(p unsafe.Pointer) bool { return *(*T)(p) == 0 }
func (signed[T]) size(p unsafe.Pointer, depth int) int {
	return uvarintSize(zigzag(int64(*(*T)(p))))
}
func (signed[T]) append(b []byte, p unsafe.Pointer, depth int) ([]byte, error) {
	return appendUvarint(b, zigzag(int64(*(*T)(p)))), nil
}
func (s signed[T]) read(r *Reader, p unsafe.Pointer) { *(*T)(p) = T(r.int(s.bits)) }
func (signed[T]) compare(p, q unsafe.Pointer) int    { return cmp.Compare(*(*T)(p), *(*T)(q)) }

type double struct{}

func (double) kind() kind                           { return fixed64 }
func (double) zero(p unsafe.Pointer) bool           { return *(*uint64)(p) == 0 }
func (double) size(p unsafe.Pointer, depth int) int { return 8 }
func (double) append(b []byte, p unsafe.Pointer, depth int) ([]byte, error) {
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(*(*float64)(p))), nil
}
func (double) read(r *Reader, p unsafe.Pointer) { *(*uint64)(p) = r.fixed64() }

type float struct{}

func (float) kind() kind                           { return fixed32 }
func (float) zero(p unsafe.Pointer) bool           { return *(*uint32)(p) == 0 }
func (float) size(p unsafe.Pointer, depth int) int { return 4 }
func (float) append(b []byte, p unsafe.Pointer, depth int) ([]byte, error) {
	return binary.LittleEndian.AppendUint32(b, math.Float32bits(*(*float32)(p))), nil
}
func (float) read(r *Reader, p unsafe.Pointer) { *(*uint32)(p) = r.fixed32() }
