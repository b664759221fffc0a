package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"time"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/multipaxos"
	"github.com/parleysystems/parley/systems/consensus/raft"
	"github.com/parleysystems/parley/systems/consensus/vr"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

func init() {
	for name, make := range replicated {
		engines[name] = func(dir string) (engine, error) { return startParley(dir, make) }
	}
}

// replicated are Parley's engines, by the name of the contestant.
var replicated = map[string]func(members []node.Addr) rsm.Engine{
	"parley":            func(members []node.Addr) rsm.Engine { return raft.New(raft.Config{Members: members}) },
	"parley-multipaxos": func(members []node.Addr) rsm.Engine { return multipaxos.New(multipaxos.Config{Members: members}) },
	"parley-vr":         func(members []node.Addr) rsm.Engine { return vr.New(vr.Config{Members: members}) },
}

const service = "store"

// parleyEngine is three hosts of the live kernel; leader is the one asked.
type parleyEngine struct {
	hosts  []*live.Host
	leader *live.Host
}

func startParley(dir string, make func([]node.Addr) rsm.Engine) (engine, error) {
	e := &parleyEngine{}
	var listeners []net.Listener
	peers, members := map[string]string{}, []node.Addr{}
	for i := range replicas {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		listeners = append(listeners, l)
		peers[hostName(i)] = l.Addr().String()
		members = append(members, node.Join(hostName(i), service))
	}
	for i := range replicas {
		h, err := startHost(i, filepath.Join(dir, hostName(i)), listeners[i], peers, func() rsm.Engine { return make(members) })
		if err != nil {
			return nil, err
		}
		e.hosts = append(e.hosts, h)
	}
	return e, e.awaitLeader(20 * time.Second)
}

func hostName(i int) string { return fmt.Sprint("h", i) }

func startHost(i int, dir string, l net.Listener, all map[string]string, make func() rsm.Engine) (*live.Host, error) {
	others := map[string]string{}
	for name, address := range all {
		if name != hostName(i) {
			others[name] = address
		}
	}
	h, err := live.Open(live.Config{Name: hostName(i), Dir: dir, Listener: l, Peers: others})
	if err != nil {
		return nil, err
	}
	return h, h.Serve(service, func() node.Node {
		return rsm.New(make(), &table{m: map[string][]byte{}}, rsm.Config{})
	})
}

// do runs f on a host's replica and waits for the error that it ends with.
func do(ctx context.Context, h *live.Host, f func(r *rsm.Replica, done func(error))) error {
	ended := make(chan error, 1)
	if err := h.Do(service, func(n node.Node) { f(n.(*rsm.Replica), func(err error) { ended <- err }) }); err != nil {
		return err
	}
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (e *parleyEngine) awaitLeader(limit time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	for e.leader == nil && ctx.Err() == nil {
		for _, h := range e.hosts {
			err := do(ctx, h, func(r *rsm.Replica, done func(error)) {
				if r.Leading() {
					r.Read(rsm.Linearizable, done)
					return
				}
				done(rsm.ErrNotLeader)
			})
			if err == nil {
				e.leader = h
			}
		}
	}
	return ctx.Err()
}

func (e *parleyEngine) put(ctx context.Context, key, value []byte) error {
	command := append(key, value...)
	return do(ctx, e.leader, func(r *rsm.Replica, done func(error)) {
		r.Propose(command, func(_ []byte, err error) { done(err) })
	})
}

func (e *parleyEngine) get(ctx context.Context, key []byte) error {
	return do(ctx, e.leader, func(r *rsm.Replica, done func(error)) {
		r.Read(rsm.Lease, func(err error) {
			if err == nil {
				r.Query(key)
			}
			done(err)
		})
	})
}

func (e *parleyEngine) close() {
	for _, h := range e.hosts {
		h.Close()
	}
}

// table is the map that our hosts replicate: the same as dragonboat's.
type table struct{ m map[string][]byte }

var applied = []byte{1}

func (t *table) Apply(_ rsm.Index, command []byte) []byte {
	t.m[string(command[:8])] = append([]byte(nil), command[8:]...)
	return applied
}
func (t *table) Query(question any) any    { return t.m[string(question.([]byte))] }
func (t *table) Capture() rsm.Capture      { return empty{} }
func (t *table) Restore(r io.Reader) error { return nil }
func (t *table) Digest() uint64            { return uint64(len(t.m)) }

// empty is a snapshot of nothing: no host is restarted here, as with the peers.
type empty struct{}

func (empty) WriteTo(io.Writer) (int64, error) { return 0, nil }
func (empty) Release()                         {}
