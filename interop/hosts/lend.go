package hosts

import (
	"fmt"
	"net"
	"testing"
)

// Parley returns the path of parley, built from this checkout, for tests that
// run it themselves.
func Parley() (string, error) { return build() }

// FreePorts returns n addresses on loopback that nobody listens on (H2).
func FreePorts(t testing.TB, n int) []string {
	t.Helper()
	return freePorts(t, n)
}

// FreePortRow returns the first of n addresses with successive ports that nobody
// listens on.
func FreePortRow(t testing.TB, n int) string {
	t.Helper()
	for range 100 {
		first := freePorts(t, 1)[0]
		if row(first, n) {
			return first
		}
	}
	t.Fatalf("there are no %d free ports in a row", n)
	return ""
}

func row(first string, n int) bool {
	address, err := net.ResolveTCPAddr("tcp", first)
	if err != nil {
		return false
	}
	for i := range n {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", address.Port+i))
		if err != nil {
			return false
		}
		_ = l.Close() // nobody has connected
	}
	return true
}
