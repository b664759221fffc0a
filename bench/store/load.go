package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
)

const (
	keySpace  = 10_000
	valueSize = 256 // bytes; keys have 8
)

// load is one figure: so many connections, each shared by so many clients that
// have one operation outstanding each.
type load struct {
	name        string
	connections int
	clients     int // per connection
	op          func(context.Context, *clientv3.Client, *rand.Rand) error

	own    started // instead of op, for loads of Parley's own client
	beside string  // names that begin so are what an own load is compared with
}

type result struct {
	rate     float64 // operations per second
	p50, p99 time.Duration
}

var loads = []load{
	{name: "put, 1 client", connections: 1, clients: 1, op: put},
	{name: "put, 10 conns x 10", connections: 10, clients: 10, op: put},
	{name: "put, 100 conns x 10", connections: 100, clients: 10, op: put},
	{name: "linearizable get, 1 client", connections: 1, clients: 1, op: get},
	{name: "linearizable get, 10 x 10", connections: 10, clients: 10, op: get},
	{name: "linearizable get, 100 x 10", connections: 100, clients: 10, op: get},
	{name: "serializable get, 10 x 10", connections: 10, clients: 10, op: getSerializable},
}

// pick returns the loads of those names, all if there are none.
func pick(names string) []load {
	all := slices.Concat(loads, ownLoads)
	if names == "" {
		return all
	}
	var picked []load
	for _, l := range all {
		if slices.Contains(strings.Split(names, ";"), l.name) {
			picked = append(picked, l)
		}
	}
	return picked
}

func key(r *rand.Rand) string {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], r.Uint64N(keySpace))
	return string(b[:])
}

func value(r *rand.Rand) string {
	b := make([]byte, valueSize)
	for i := 0; i < len(b); i += 8 {
		binary.LittleEndian.PutUint64(b[i:], r.Uint64())
	}
	return string(b)
}

func put(ctx context.Context, c *clientv3.Client, r *rand.Rand) error {
	_, err := c.Put(ctx, key(r), value(r))
	return err
}

func get(ctx context.Context, c *clientv3.Client, r *rand.Rand) error {
	_, err := c.Get(ctx, key(r))
	return err
}

func getSerializable(ctx context.Context, c *clientv3.Client, r *rand.Rand) error {
	_, err := c.Get(ctx, key(r), clientv3.WithSerializable())
	return err
}

// run warms up for a fifth of d and then measures for d.
func (l load) run(c *cluster, d time.Duration) (result, error) {
	if l.own != nil {
		return l.runOwn(c, d)
	}
	ctx, cancel := context.WithTimeout(context.Background(), d+d/5+30*time.Second)
	defer cancel()
	begin := time.Now().Add(d / 5)
	end := begin.Add(d)
	var wg sync.WaitGroup
	var mu sync.Mutex
	var all []time.Duration
	var failed error
	for i := range l.connections {
		client, err := c.client(i)
		if err != nil {
			return result{}, err
		}
		defer client.Close()
		for j := range l.clients {
			wg.Go(func() {
				took, err := l.loop(ctx, client, rand.New(rand.NewPCG(uint64(i), uint64(j))), begin, end)
				mu.Lock()
				defer mu.Unlock()
				all = append(all, took...)
				if err != nil && failed == nil {
					failed = err
				}
			})
		}
	}
	wg.Wait()
	if failed != nil {
		return result{}, failed
	}
	return summarize(all, d)
}

func (l load) loop(ctx context.Context, c *clientv3.Client, r *rand.Rand, begin, end time.Time) ([]time.Duration, error) {
	var took []time.Duration
	for {
		start := time.Now()
		if start.After(end) {
			return took, nil
		}
		if err := l.op(ctx, c, r); err != nil {
			return took, err
		}
		if now := time.Now(); start.After(begin) && now.Before(end) {
			took = append(took, now.Sub(start))
		}
	}
}

func summarize(all []time.Duration, d time.Duration) (result, error) {
	if len(all) == 0 {
		return result{}, fmt.Errorf("no operation finished within %v", d)
	}
	slices.Sort(all)
	return result{
		rate: float64(len(all)) / d.Seconds(),
		p50:  all[len(all)/2],
		p99:  all[len(all)*99/100],
	}, nil
}
