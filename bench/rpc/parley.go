package main

import (
	"context"
	"os"
	"time"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/node"
	door "github.com/parleysystems/parley/serve/rpc"
	"github.com/parleysystems/parley/systems/remote/rpc"
)

// payload is the message of our calls, with the bytes of wrapperspb.BytesValue.
type payload struct {
	Value []byte `wire:"1"`
}

// startParley starts a host in a directory of its own, a server on it, and a door.
func startParley(once bool) func() (caller, func(), error) {
	return func() (caller, func(), error) {
		dir, err := os.MkdirTemp("", "bench-rpc")
		if err != nil {
			return nil, nil, err
		}
		host, err := live.Open(live.Config{Name: "a", Dir: dir})
		if err != nil {
			return nil, nil, err
		}
		err = host.Serve("echo", func() node.Node {
			c := rpc.Config{Semantics: rpc.AtLeastOnce}
			if once {
				c.Semantics = rpc.AtMostOnce
			}
			s := rpc.NewServer(c)
			rpc.Handle(s, "echo", func(p *payload) (*payload, error) { return p, nil })
			return s
		})
		if err != nil {
			return nil, nil, err
		}
		d, err := door.Listen(door.Config{Host: host, Service: "echo", Listen: "127.0.0.1:0"})
		if err != nil {
			return nil, nil, err
		}
		c, err := door.Dial(door.ClientConfig{Address: d.Addr(), RetryAfter: time.Minute})
		if err != nil {
			return nil, nil, err
		}
		call := func(ctx context.Context, value []byte) ([]byte, error) {
			p, err := door.Call[payload, payload](ctx, c, "echo", &payload{value})
			if err != nil {
				return nil, err
			}
			return p.Value, nil
		}
		return call, func() { c.Close(); d.Close(); host.Close(); os.RemoveAll(dir) }, nil
	}
}
