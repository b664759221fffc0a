package hosts

import (
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"testing"
)

const firstPort, lastPort = 15000, 31999 // H2

// nextPort starts at a place of its own in each process, so that test binaries
// side by side seldom meet.
var nextPort atomic.Int64

func init() { nextPort.Store(int64(os.Getpid()) * 64) }

// freePorts returns n addresses on loopback that nobody listens on.
func freePorts(t testing.TB, n int) (addresses []string) {
	t.Helper()
	for range lastPort - firstPort {
		if len(addresses) == n {
			return addresses
		}
		port := firstPort + nextPort.Add(1)%(lastPort-firstPort)
		address := fmt.Sprintf("127.0.0.1:%d", port)
		l, err := net.Listen("tcp", address)
		if err != nil {
			continue
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		addresses = append(addresses, address)
	}
	t.Fatalf("there are no %d free ports between %d and %d", n, firstPort, lastPort)
	return nil
}
