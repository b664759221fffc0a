package main

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/pbft"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

var replicas = []string{"a", "b", "c", "d"}

// parley runs four replicas of ours, and the clients' gateways on a fifth host.
func parley(ctx context.Context, dir string, clients int, done func()) (err error) {
	var members []node.Addr
	keys := map[node.Addr]ed25519.PublicKey{}
	for _, h := range replicas {
		members = append(members, node.Join(h, "pbft"))
	}
	all := append([]node.Addr(nil), members...)
	for i := range clients {
		all = append(all, node.Join("x", fmt.Sprint("c", i)))
	}
	for _, a := range all {
		keys[a] = ed25519.NewKeyFromSeed(identity(a)).Public().(ed25519.PublicKey)
	}
	hosts, err := listen(dir, append(replicas, "x"))
	if err != nil {
		return err
	}
	defer func() {
		for _, h := range hosts {
			err = errors.Join(err, h.Close())
		}
	}()
	for i, h := range replicas {
		cfg := pbft.Config{Members: members, Identity: identity(members[i]), Keys: keys}
		if err := hosts[h].Serve("pbft", func() node.Node { return pbft.NewReplica(cfg, &table{values: map[string]string{}}) }); err != nil {
			return err
		}
	}
	for i := range clients {
		a := all[len(replicas)+i]
		c := &customer{cfg: pbft.GatewayConfig{Members: members, Identity: identity(a), Keys: keys}, number: uint64(i), done: done}
		if err := hosts["x"].Serve(a.Service(), func() node.Node { return c }); err != nil {
			return err
		}
	}
	<-ctx.Done()
	return nil
}

// listen opens hosts that know each other.
func listen(dir string, names []string) (map[string]*live.Host, error) {
	listeners, peers := map[string]net.Listener{}, map[string]string{}
	for _, h := range names {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		listeners[h], peers[h] = l, l.Addr().String()
	}
	hosts := map[string]*live.Host{}
	for _, h := range names {
		others := map[string]string{}
		for name, address := range peers {
			if name != h {
				others[name] = address
			}
		}
		host, err := live.Open(live.Config{Name: h, Dir: filepath.Join(dir, h), Listener: listeners[h], Peers: others})
		if err != nil {
			return nil, err
		}
		hosts[h] = host
	}
	return hosts, nil
}

func identity(a node.Addr) []byte {
	d := sha256.Sum256([]byte(a))
	return d[:]
}

// customer always has a request under way.
type customer struct {
	cfg     pbft.GatewayConfig
	gateway *pbft.Gateway
	number  uint64
	count   uint64
	done    func()
}

func (c *customer) Start(env node.Env) {
	c.gateway = pbft.NewGateway(env, c.cfg)
	c.next()
}

// next puts a value of such a length that the operation has 256 bytes.
func (c *customer) next() {
	op := make([]byte, 256)
	binary.BigEndian.PutUint64(op, c.number)
	binary.BigEndian.PutUint64(op[8:], c.count)
	c.count++
	c.gateway.Invoke(op, func(_ []byte, err error) {
		if err == nil {
			c.done()
		}
		c.next()
	})
}

func (c *customer) Receive(from node.Addr, m node.Message) { c.gateway.Receive(from, m) }

// table is a map: what a kvstore is, as far as its replication is concerned.
type table struct{ values map[string]string }

func (t *table) Apply(_ rsm.Index, op []byte) []byte {
	t.values[string(op[:16])] = string(op[16:])
	return []byte("ok")
}

func (t *table) Query(any) any        { return nil }
func (t *table) Capture() rsm.Capture { return empty{} } // the benchmark restarts nobody
func (t *table) Restore(io.Reader) error {
	return errors.New("the benchmark keeps no states")
}
func (t *table) Digest() uint64 { return uint64(len(t.values)) }

type empty struct{}

func (empty) WriteTo(io.Writer) (int64, error) { return 0, nil }
func (empty) Release()                         {}
