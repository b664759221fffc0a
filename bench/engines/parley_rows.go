package main

import (
	"context"
	"net"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/raft"
	"github.com/parleysystems/parley/systems/replication/chain"
	"github.com/parleysystems/parley/systems/replication/primarybackup"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

func init() {
	engines["parley-primarybackup"] = startRow(row{
		replica: func([]node.Addr, []node.Addr) rsm.Engine {
			return primarybackup.New(primarybackup.Config{ViewServer: node.Join(hostName(0), besideService)})
		},
		beside: func(i int, _, _ []node.Addr) node.Node {
			if i > 0 {
				return nil
			}
			return primarybackup.NewViewServer(primarybackup.Patience{})
		},
	})
	engines["parley-chain"] = startRow(chained(false))
	engines["parley-craq"] = startRow(chained(true))
}

const besideService = "beside"

// row is an engine whose replicas stand in a row, and what it needs beside them.
type row struct {
	replica func(members, beside []node.Addr) rsm.Engine
	beside  func(host int, members, beside []node.Addr) node.Node
	// readers are the hosts that reads are asked of, in turn; the leader if empty.
	readers []int
}

// chained reads at the tail, which is the last of the founders, or everywhere.
func chained(apportioned bool) row {
	r := row{
		replica: func(_, beside []node.Addr) rsm.Engine {
			return chain.New(chain.Config{Masters: beside, Apportioned: apportioned})
		},
		beside: func(_ int, members, beside []node.Addr) node.Node {
			return chain.NewMaster(raft.New(raft.Config{Members: beside}), chain.MasterConfig{Founders: members})
		},
		readers: []int{replicas - 1},
	}
	if apportioned {
		r.readers = []int{0, 1, 2}
	}
	return r
}

// rowEngine is three hosts of the live kernel with such an engine.
type rowEngine struct {
	parleyEngine
	readers []*live.Host
	turn    atomic.Uint64
}

func startRow(r row) func(dir string) (engine, error) {
	return func(dir string) (engine, error) {
		e := &rowEngine{}
		var listeners []net.Listener
		peers, members, beside := map[string]string{}, []node.Addr{}, []node.Addr{}
		for i := range replicas {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				return nil, err
			}
			listeners = append(listeners, l)
			peers[hostName(i)] = l.Addr().String()
			members = append(members, node.Join(hostName(i), service))
			beside = append(beside, node.Join(hostName(i), besideService))
		}
		for i := range replicas {
			h, err := e.open(r, i, filepath.Join(dir, hostName(i)), listeners[i], peers, members, beside)
			if err != nil {
				return nil, err
			}
			e.hosts = append(e.hosts, h)
		}
		if err := e.awaitLeader(20 * time.Second); err != nil {
			return nil, err
		}
		for _, i := range r.readers {
			e.readers = append(e.readers, e.hosts[i])
		}
		if len(e.readers) == 0 {
			e.readers = []*live.Host{e.leader}
		}
		return e, nil
	}
}

func (e *rowEngine) open(r row, i int, dir string, l net.Listener, all map[string]string, members, beside []node.Addr) (*live.Host, error) {
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
	if r.beside(i, members, beside) != nil {
		if err := h.Serve(besideService, func() node.Node { return r.beside(i, members, beside) }); err != nil {
			return nil, err
		}
	}
	return h, h.Serve(service, func() node.Node {
		return rsm.New(r.replica(members, beside), &table{m: map[string][]byte{}}, rsm.Config{})
	})
}

func (e *rowEngine) get(ctx context.Context, key []byte) error {
	h := e.readers[e.turn.Add(1)%uint64(len(e.readers))]
	return do(ctx, h, func(r *rsm.Replica, done func(error)) {
		r.Read(rsm.Lease, func(err error) {
			if err == nil {
				r.Query(key)
			}
			done(err)
		})
	})
}
