package main

import (
	"context"
	"errors"
	"io"
	"net"
)

// Bytes that a call of Parley has around its value, there and back: what the floor
// sends for them.
const (
	requestHead = 23
	resultHead  = 15
)

// startFloor is no system: one goroutine writes the bytes of a call to a connection,
// another reads them whole and writes those of a result. No call over a connection of
// this runtime can take less, so only a lone caller has such a row.
func startFloor() (caller, func(), error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		return nil, nil, err
	}
	s, err := l.Accept()
	if err != nil {
		return nil, nil, errors.Join(err, c.Close())
	}
	go bounce(s)
	var request, result [requestHead + size]byte
	call := func(_ context.Context, value []byte) ([]byte, error) {
		copy(request[requestHead:], value)
		if _, err := c.Write(request[:]); err != nil {
			return nil, err
		}
		if _, err := io.ReadFull(c, result[:resultHead+size]); err != nil {
			return nil, err
		}
		return result[resultHead : resultHead+size], nil
	}
	return call, func() { c.Close() }, nil
}

// bounce answers until the other end closes.
func bounce(c net.Conn) {
	defer c.Close()
	var b [requestHead + size]byte
	for {
		if _, err := io.ReadFull(c, b[:]); err != nil {
			return
		}
		copy(b[resultHead:], b[requestHead:])
		if _, err := c.Write(b[:resultHead+size]); err != nil {
			return
		}
	}
}
