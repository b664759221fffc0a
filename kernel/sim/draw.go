package sim

import (
	"math/bits"
	"math/rand/v2"
)

// Draws are keyed (I3): draw(key, n) is the n-th of the stream that key stands
// for, and a key is made of the seed, the stream's purpose and the entity.
// There is no generator whose state two of them could share.

// purpose tells apart the streams of one entity.
type purpose uint64

const (
	forDelay purpose = iota + 1
	forLoss
	forDuplicate
	forReorder
	forEcho // the delay of a duplicate
	forFsync
	forFile
	forJob
	forDisk
	forRot
	forNode
	forTrigger
	forKnob
	forSwarm
	forPace
)

// mix is wyhash's multiplication: all bits of the result depend on all bits of
// both operands.
func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a^0xa0761d6478bd642f, b^0xe7037ed1a0b428db)
	return hi ^ lo
}

// draw returns the n-th value of a stream (splitmix64).
func draw(key, n uint64) uint64 {
	z := key + (n+1)*0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// keyOf derives the key of a stream from the seed, its purpose and the names
// of what it is about.
func keyOf(seed uint64, p purpose, names ...string) uint64 {
	key := mix(seed, uint64(p))
	for _, name := range names {
		key = mix(key, hashString(name))
	}
	return key
}

// hashString is FNV-1a, finished by a multiplication.
func hashString(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return mix(h, uint64(len(s)))
}

// chance turns a draw into a yes with probability p.
func chance(u uint64, p float64) bool { return float64(u>>11)*0x1p-53 < p }

// within turns a draw into a number from 0 to n-1.
func within(u uint64, n uint64) uint64 {
	hi, _ := bits.Mul64(u, n)
	return hi
}

// generator returns a source of the standard library that is keyed likewise.
func generator(key uint64) *rand.Rand {
	return rand.New(rand.NewPCG(draw(key, 0), draw(key, 1)))
}
