package main

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"sync"
	"time"

	"go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/proto"
)

// raftNet carries a member's messages over one TCP connection to each peer,
// each as a length and a protobuf. What does not fit a peer's queue is dropped,
// as the library allows.
type raftNet struct {
	listener net.Listener
	inbox    *inbox
	queues   map[uint64]chan *raftpb.Message
	stop     chan struct{}
	running  sync.WaitGroup
	mu       sync.Mutex
	open     []net.Conn // to be closed; both directions
}

const (
	netQueue  = 4096
	netBuffer = 64 << 10
)

func startRaftNet(id uint64, l net.Listener, addresses map[uint64]string, b *inbox) *raftNet {
	n := &raftNet{listener: l, inbox: b, queues: map[uint64]chan *raftpb.Message{}, stop: make(chan struct{})}
	n.running.Go(n.accept)
	for to, address := range addresses {
		if to != id {
			queue := make(chan *raftpb.Message, netQueue)
			n.queues[to] = queue
			n.running.Go(func() { n.talk(address, queue) })
		}
	}
	return n
}

func (n *raftNet) send(all []*raftpb.Message) {
	for _, m := range all {
		select {
		case n.queues[m.GetTo()] <- m:
		default:
		}
	}
}

// enter reports false, and closes the connection, if all is being closed.
func (n *raftNet) enter(c net.Conn) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	select {
	case <-n.stop:
		_ = c.Close()
		return false
	default:
		n.open = append(n.open, c)
		return true
	}
}

func (n *raftNet) close() {
	n.mu.Lock()
	close(n.stop)
	for _, c := range n.open {
		_ = c.Close()
	}
	n.mu.Unlock()
	_ = n.listener.Close()
	n.running.Wait()
}

var marshal proto.MarshalOptions

// talk writes a peer's queue, and flushes when it is empty.
func (n *raftNet) talk(address string, queue <-chan *raftpb.Message) {
	c, err := net.DialTimeout("tcp", address, 5*time.Second)
	if err != nil || !n.enter(c) {
		return
	}
	out := bufio.NewWriterSize(c, netBuffer)
	var frame []byte
	for {
		select {
		case <-n.stop:
			return
		case m := <-queue:
			frame, err = marshal.MarshalAppend(append(frame[:0], 0, 0, 0, 0), m)
			if err != nil {
				return
			}
			binary.LittleEndian.PutUint32(frame, uint32(len(frame)-4))
			if _, err = out.Write(frame); err == nil && len(queue) == 0 {
				err = out.Flush()
			}
			if err != nil {
				return
			}
		}
	}
}

func (n *raftNet) accept() {
	for {
		c, err := n.listener.Accept()
		if err != nil {
			return
		}
		if n.enter(c) {
			n.running.Go(func() { n.listen(c) })
		}
	}
}

func (n *raftNet) listen(c net.Conn) {
	in := bufio.NewReaderSize(c, netBuffer)
	var frame []byte
	for {
		var size [4]byte
		if _, err := io.ReadFull(in, size[:]); err != nil {
			return
		}
		length := int(binary.LittleEndian.Uint32(size[:]))
		if cap(frame) < length {
			frame = make([]byte, length)
		}
		if _, err := io.ReadFull(in, frame[:length]); err != nil {
			return
		}
		m := new(raftpb.Message)
		if err := proto.Unmarshal(frame[:length], m); err != nil {
			return
		}
		n.inbox.put(func(all *waiting) { all.messages = append(all.messages, m) })
	}
}
