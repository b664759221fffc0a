//go:build !unix

package engine

// arena is the memory of the buffer pool.
type arena struct{}

func (a *arena) take(size int) []byte { return make([]byte, size) }

func (a *arena) free() {}
