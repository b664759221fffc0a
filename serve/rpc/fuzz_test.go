package rpc

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/remote/rpc"
)

// tape is a connection from which there is something to read.
type tape struct {
	net.Conn
	*bytes.Reader
}

func (t tape) Read(b []byte) (int, error)      { return t.Reader.Read(b) }
func (t tape) SetReadDeadline(time.Time) error { return nil }

// FuzzFrames reads anything as a connection: what comes out is whole frames within the
// bounds, in order, and bodies written by hand are those of package wire.
func FuzzFrames(f *testing.F) {
	f.Add(appendFrame(appendFrame(nil, helloBody{version, "me"}), callBody{7, 3, "raise", []byte{8, 10}}))
	f.Add(appendFrame(nil, resultBody{7, 1, []byte{8, 10}}))
	f.Add(appendFrame(appendFrame(nil, welcomeBody{1 << 20, 1 << 10}), refusalBody{"no"}))
	f.Add([]byte{0, 0, 0, 0, 0})
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 4})
	const most = 1 << 10
	f.Fuzz(func(t *testing.T, data []byte) {
		s := newStream(tape{Reader: bytes.NewReader(data)}, most, time.Minute)
		var kept, again [][]byte
		at := 0
		for {
			k, body, err := s.next()
			if err != nil {
				if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && at != len(data) {
					t.Fatalf("%d of %d bytes were read, then the connection ended", at, len(data))
				}
				break
			}
			length := int(binary.BigEndian.Uint32(data[at:]))
			if length > most || byte(k) != data[at+lengthSize] || !bytes.Equal(body, data[at+headSize:at+lengthSize+length]) {
				t.Fatalf("at %d: kind %d, %x", at, k, body)
			}
			at += lengthSize + length
			kept, again = append(kept, body), append(again, bytes.Clone(body))
			sameBytes(t, k, body)
		}
		for i := range kept {
			if !bytes.Equal(kept[i], again[i]) {
				t.Fatalf("body %d changed after it was handed out", i)
			}
		}
	})
}

// sameBytes compares the two ways to encode what a body holds.
func sameBytes(t *testing.T, k kind, body []byte) {
	t.Helper()
	var into any
	var hand func() []byte
	switch k {
	case hello:
		b := new(helloBody)
		into, hand = b, func() []byte { return b.append(nil) }
	case welcome:
		b := new(welcomeBody)
		into, hand = b, func() []byte { return b.append(nil) }
	case refusal:
		b := new(refusalBody)
		into, hand = b, func() []byte { return b.append(nil) }
	case call:
		b := new(callBody)
		into, hand = b, func() []byte { return b.append(nil) }
	case result:
		b := new(resultBody)
		into, hand = b, func() []byte { return b.append(nil) }
	default:
		return
	}
	if wire.UnmarshalBody(body, into) != nil {
		return
	}
	if want, err := wire.AppendBody(nil, into); err != nil || !bytes.Equal(hand(), want) {
		t.Fatalf("kind %d: %x by hand, %x by its plan, %v", k, hand(), want, err)
	}
}

// FuzzDoor has a stranger send anything after its hello. The host goes on, and so does
// another client (I3).
func FuzzDoor(f *testing.F) {
	f.Add(appendFrame(nil, callBody{1, 0, "echo", []byte{10, 1, 'x'}}))
	f.Add(appendFrame(nil, callBody{1 << 63, 1<<64 - 1, "", nil}))
	f.Add(appendFrame(appendFrame(nil, callBody{1, 0, "echo", nil}), callBody{1, 0, "echo", nil}))
	f.Add([]byte("GET / HTTP/1.1\r\n\r\n"))
	host, err := live.Open(live.Config{Name: "a", Dir: f.TempDir()})
	if err != nil {
		f.Fatal(err)
	}
	defer host.Close()
	type text struct {
		S string `wire:"1"`
	}
	err = host.Serve("echo", func() node.Node {
		s := rpc.NewServer(rpc.Config{Semantics: rpc.AtMostOnce, MaxOpen: 8, Checkpoint: 64})
		rpc.Handle(s, "echo", func(t *text) (*text, error) { return t, nil })
		return s
	})
	if err != nil {
		f.Fatal(err)
	}
	d, err := Listen(Config{Host: host, Service: "echo", Listen: "127.0.0.1:0", MaxFrame: 1 << 12, Patience: time.Second})
	if err != nil {
		f.Fatal(err)
	}
	defer d.Close()
	good, err := Dial(ClientConfig{Address: d.Addr(), RetryAfter: 20 * time.Second})
	if err != nil {
		f.Fatal(err)
	}
	defer good.Close()
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := net.Dial("tcp", d.Addr())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := c.Write(appendFrame(nil, helloBody{version, "stranger"})); err != nil {
			t.Fatal(err)
		}
		_, _ = c.Write(data) // it may be refused before it is through
		if r, err := Call[text, text](t.Context(), good, "echo", &text{"x"}); err != nil || r.S != "x" {
			t.Fatalf("another client, after %x: %v", data, err)
		}
		if err := host.Err(); err != nil {
			t.Fatalf("the host, after %x: %v", data, err)
		}
	})
}
