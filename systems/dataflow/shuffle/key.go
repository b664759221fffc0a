package shuffle

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// prefix returns the first eight bytes of a key as a number whose order is that
// of the bytes; what is missing counts as zero. Keys with different prefixes
// are ordered by them, and one comparison in a register replaces most of those
// in memory.
func prefix(key []byte) uint64 {
	n := len(key)
	switch {
	case n >= 8:
		return binary.BigEndian.Uint64(key)
	case n >= 4: // two loads that overlap
		head := uint64(binary.BigEndian.Uint32(key)) << 32
		return head | uint64(binary.BigEndian.Uint32(key[n-4:]))<<(8*uint(8-n))
	case n > 0: // first, middle and last, which may be the same
		middle := n >> 1
		return uint64(key[0])<<56 | uint64(key[middle])<<(56-8*uint(middle)) | uint64(key[n-1])<<(56-8*uint(n-1))
	}
	return 0
}

// Odd numbers with as many ones as zeroes, from the digits of e and pi.
const (
	seed1 = 0xB7E151628AED2A6B
	seed2 = 0x243F6A8885A308D3
)

func fold(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// hash is the same on every host and in every version: partitions depend on it.
func hash(p uint64, key []byte) uint64 {
	h := fold(p^seed1, uint64(len(key))^seed2)
	if len(key) > 8 {
		for rest := key[8:]; len(rest) > 0; rest = rest[min(8, len(rest)):] {
			h = fold(h^prefix(rest), seed1)
		}
	}
	return h
}

// Partition is the default partition function: hash(key) mod R (4.1). Every host
// computes the same.
func Partition(key []byte, partitions int) int {
	hi, _ := bits.Mul64(hash(prefix(key), key), uint64(partitions))
	return int(hi)
}

// compareTails orders keys whose prefixes are equal.
func compareTails(a, b []byte) int {
	if len(a) <= 8 || len(b) <= 8 {
		// Zeroes that were filled in look like zeroes that are there.
		return bytes.Compare(a, b)
	}
	return bytes.Compare(a[8:], b[8:])
}
