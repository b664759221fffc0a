//go:build unix

package rpc

import (
	"errors"
	"net"
	"os"
	"syscall"
	"time"
)

// attempt writes to a socket without ever waiting for it.
type attempt struct {
	conn net.Conn
	raw  syscall.RawConn
	once func(fd uintptr) bool

	b []byte // to be written
	n int    // of it that were
}

// newAttempt returns nil for what is no plain connection: TLS has its own order of
// writes.
func newAttempt(c net.Conn) *attempt {
	t, ok := c.(*net.TCPConn)
	if !ok {
		return nil
	}
	raw, err := t.SyscallConn()
	if err != nil {
		return nil
	}
	a := &attempt{conn: c, raw: raw}
	a.once = func(fd uintptr) bool {
		a.n, _ = syscall.Write(int(fd), a.b) // what went wrong the writer will see
		return true
	}
	return a
}

// write returns how many bytes the socket took.
func (a *attempt) write(b []byte) int {
	a.b, a.n = b, 0
	if err := a.raw.Write(a.once); errors.Is(err, os.ErrDeadlineExceeded) {
		_ = a.conn.SetWriteDeadline(time.Time{}) // the writer's, long over; it sets a new one
	}
	a.b = nil
	return max(a.n, 0)
}
