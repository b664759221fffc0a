//go:build unix

package engine

import "golang.org/x/sys/unix"

// arena is the memory of the buffer pool, taken from the system: on the heap it would
// make the garbage collector wait until as much garbage has gathered, all of it in
// memory that no cache holds.
type arena struct{ bytes []byte }

// take returns zeroed memory.
func (a *arena) take(size int) []byte {
	b, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return make([]byte, size)
	}
	a.bytes = b
	return b
}

// free gives the memory back. Nobody reads a page any more.
func (a *arena) free() {
	if a.bytes != nil {
		_ = unix.Munmap(a.bytes) // of what Mmap returned
		a.bytes = nil
	}
}
