package main

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"time"

	"go.etcd.io/raft/v3"
)

func init() {
	engines["etcd-raft"] = etcdRaft(raft.ReadOnlyLeaseBased)
	engines["etcd-raft-readindex"] = etcdRaft(raft.ReadOnlySafe)
}

// etcdRaftEngine is three members around go.etcd.io/raft, which brings the
// protocol and leaves the rest to its user. The rest is as in etcd's own server:
// etcd's write-ahead log, written in the loop while the followers write theirs.
// Proposals, and reads, that gather meanwhile go as one; messages are protobufs on
// TCP. (The library can also have its log written beside the loop,
// AsyncStorageWrites. That was tried, and was slower here: batches are smaller.)
type etcdRaftEngine struct {
	members []*member
	leader  *member
}

func etcdRaft(reads raft.ReadOnlyOption) func(string) (engine, error) {
	return func(dir string) (engine, error) { return startEtcdRaft(dir, reads) }
}

func startEtcdRaft(dir string, reads raft.ReadOnlyOption) (engine, error) {
	e := &etcdRaftEngine{}
	var listeners []net.Listener
	addresses := map[uint64]string{}
	for i := range uint64(replicas) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		listeners = append(listeners, l)
		addresses[i+1] = l.Addr().String()
	}
	for i, l := range listeners {
		m, err := startMember(uint64(i+1), filepath.Join(dir, fmt.Sprint(i)), l, addresses, reads)
		if err != nil {
			return nil, err
		}
		e.members = append(e.members, m)
	}
	return e, e.awaitLeader(20 * time.Second)
}

func (e *etcdRaftEngine) awaitLeader(limit time.Duration) error {
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		for _, m := range e.members {
			if m.leads.Load() {
				e.leader = m
				return nil
			}
		}
	}
	return fmt.Errorf("no leader after %v", limit)
}

func (e *etcdRaftEngine) put(ctx context.Context, key, value []byte) error {
	w := &write{key: key, value: value, done: make(chan error, 1)}
	e.leader.inbox.put(func(all *waiting) { all.writes = append(all.writes, w) })
	return await(ctx, w.done)
}

func (e *etcdRaftEngine) get(ctx context.Context, key []byte) error {
	r := &read{key: key, done: make(chan error, 1)}
	e.leader.inbox.put(func(all *waiting) { all.reads = append(all.reads, r) })
	return await(ctx, r.done)
}

func await(ctx context.Context, done <-chan error) error {
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (e *etcdRaftEngine) close() {
	for _, m := range e.members {
		m.close()
	}
}
