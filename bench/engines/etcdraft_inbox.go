package main

import (
	"sync"

	"go.etcd.io/raft/v3/raftpb"
)

// write waits to be proposed and then to be applied.
type write struct {
	key, value []byte
	done       chan error // capacity 1
}

// read waits for a read index and then for what is below it to be applied.
type read struct {
	key  []byte
	done chan error // capacity 1
}

// waiting is what gathers while a member's loop is busy.
type waiting struct {
	messages []*raftpb.Message // of peers
	writes   []*write
	reads    []*read
}

// inbox hands a loop all that has gathered at once. The callers bound it: each
// has one request, and each peer a window.
type inbox struct {
	mu   sync.Mutex
	all  waiting
	kick chan struct{} // capacity 1
}

func newInbox() *inbox { return &inbox{kick: make(chan struct{}, 1)} }

func (b *inbox) put(add func(*waiting)) {
	b.mu.Lock()
	add(&b.all)
	b.mu.Unlock()
	select {
	case b.kick <- struct{}{}:
	default: // one kick stands for many
	}
}

// take swaps what has gathered for an empty one that the loop is done with.
func (b *inbox) take(empty waiting) waiting {
	clear(empty.messages)
	clear(empty.writes)
	clear(empty.reads)
	b.mu.Lock()
	defer b.mu.Unlock()
	all := b.all
	b.all = waiting{empty.messages[:0], empty.writes[:0], empty.reads[:0]}
	return all
}
