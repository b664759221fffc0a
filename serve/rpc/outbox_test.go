package rpc

import (
	"bytes"
	"net"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/wire"
)

// pipe returns both ends of a connection.
func pipe(t *testing.T) (here, there net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if here, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { here.Close() })
	if there, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { there.Close() })
	return here, there
}

// The other end does not read while more is sent than sockets hold, in all ways in
// turn. Nobody is kept waiting who must not wait, and once it reads, every frame arrives
// whole and in order.
func TestFramesStayInOrderHoweverTheyAreWritten(t *testing.T) {
	here, there := pipe(t)
	o := newOutbox(here, 64<<20, time.Minute)
	ended := make(chan struct{})
	go func() { o.write(); close(ended) }()
	const frames, size = 4000, 4 << 10
	for i := range frames {
		send := soon[resultBody]
		if i%3 == 0 {
			send = add[resultBody]
		}
		if err := send(o, resultBody{Number: uint64(i), Result: bytes.Repeat([]byte{byte(i)}, size)}); err != nil {
			t.Fatal(err)
		}
	}
	s := newStream(there, 1<<20, time.Minute)
	for i := range frames {
		k, body, err := s.next()
		if err != nil || k != result {
			t.Fatalf("frame %d: kind %d, %v", i, k, err)
		}
		var r resultBody
		if err := wire.UnmarshalBody(body, &r); err != nil || r.Number != uint64(i) || !bytes.Equal(r.Result, bytes.Repeat([]byte{byte(i)}, size)) {
			t.Fatalf("frame %d is number %d with %d bytes, %v", i, r.Number, len(r.Result), err)
		}
	}
	o.close()
	<-ended
}

// Where nothing else waits, the frame is in the socket when soon returns, also after a
// deadline of the writer's has passed.
func TestSoonWritesAtOnce(t *testing.T) {
	here, there := pipe(t)
	o := newOutbox(here, 1<<20, time.Minute)
	if o.try == nil {
		t.Skip("sockets of this system cannot be told not to wait")
	}
	s := newStream(there, 1<<20, time.Minute)
	read := func(number uint64) {
		t.Helper()
		_, body, err := s.next()
		var r resultBody
		if err == nil {
			err = wire.UnmarshalBody(body, &r)
		}
		if err != nil || r.Number != number {
			t.Fatalf("number %d came, %v; want %d", r.Number, err, number)
		}
	}
	if err := soon(o, resultBody{Number: 1}); err != nil || len(o.buf) > 0 {
		t.Fatalf("%d bytes wait, %v", len(o.buf), err)
	}
	read(1)
	if err := here.SetWriteDeadline(time.Now().Add(-time.Second)); err != nil {
		t.Fatal(err)
	}
	if err := soon(o, resultBody{Number: 2}); err != nil || len(o.buf) == 0 || len(o.wake) == 0 {
		t.Fatalf("%d bytes wait, %v", len(o.buf), err) // the writer is to do it
	}
	if !o.flush() {
		t.Fatal("the connection has ended")
	}
	read(2)
	if err := soon(o, resultBody{Number: 3}); err != nil || len(o.buf) > 0 {
		t.Fatalf("%d bytes wait, %v", len(o.buf), err)
	}
	read(3)
}
