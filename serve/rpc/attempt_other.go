//go:build !unix

package rpc

import "net"

// attempt is for sockets that can be told not to wait.
type attempt struct{}

func newAttempt(net.Conn) *attempt { return nil }

func (*attempt) write([]byte) int { return 0 }
