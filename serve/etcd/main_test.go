package etcd_test

import (
	"net"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func dialTCP(t testing.TB, addr string) net.Conn {
	t.Helper()
	return must(net.Dial("tcp", addr))(t)
}
