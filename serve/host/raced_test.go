//go:build race

package host_test

// raced says that the race detector watches: it takes several times the memory, and the time.
const raced = true
