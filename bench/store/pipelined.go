package main

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/parleysystems/parley/serve/client"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/stores/kv"
)

// ownLoads run through Parley's own client (serve/client), which etcd has no
// counterpart of. A connection here is a client; its clients are requests that
// it has outstanding, each of which begins when the one before it ends.
var ownLoads = []load{
	{name: "own client: put, 1", connections: 1, clients: 1, own: ownPut, beside: puts},
	{name: "own client: put, 10 x 10", connections: 10, clients: 10, own: ownPut, beside: puts},
	{name: "own client: put, 4 x 500", connections: 4, clients: 500, own: ownPut, beside: puts},
	{name: "own client: lease get, 1", connections: 1, clients: 1, own: ownGet(rsm.Lease), beside: gets},
	{name: "own client: lease get, 10 x 10", connections: 10, clients: 10, own: ownGet(rsm.Lease), beside: gets},
	{name: "own client: lease get, 4 x 500", connections: 4, clients: 500, own: ownGet(rsm.Lease), beside: gets},
	{name: "own client: linearizable get, 4 x 500", connections: 4, clients: 500, own: ownGet(rsm.Linearizable), beside: gets},
}

// The beginnings of the names of loads whose best figure an own load's is
// divided by.
const (
	puts = "put,"
	gets = "linearizable get,"
)

// started is one request of a client that does not wait for it.
type started func(c *client.Client, r *rand.Rand, done func(error))

func ownPut(c *client.Client, r *rand.Rand, done func(error)) {
	put := &kv.Put{Key: []byte(key(r)), Value: []byte(value(r))}
	c.Start(&kv.Command{Put: put}, func(_ *kv.Result, err error) { done(err) })
}

func ownGet(level rsm.Level) started {
	return func(c *client.Client, r *rand.Rand, done func(error)) {
		c.StartRange(level, &kv.Range{Key: []byte(key(r))}, func(_ *kv.RangeResult, err error) { done(err) })
	}
}

// runOwn is run for an own load.
func (l load) runOwn(c *cluster, d time.Duration) (result, error) {
	begin := time.Now().Add(d / 5)
	end := begin.Add(d)
	var wg sync.WaitGroup
	var chains []*chain
	for i := range l.connections {
		k, err := client.Open(client.Config{Cluster: "up", Hosts: c.peers})
		if err != nil {
			return result{}, err
		}
		defer k.Close()
		for j := range l.clients {
			ch := &chain{l.own, k, rand.New(rand.NewPCG(uint64(i), uint64(j))), begin, end, &wg, time.Time{}, nil, nil}
			chains = append(chains, ch)
			wg.Add(1)
			ch.next()
		}
	}
	wg.Wait()
	var all []time.Duration
	for _, ch := range chains {
		if ch.err != nil {
			return result{}, ch.err
		}
		all = append(all, ch.took...)
	}
	return summarize(all, d)
}

// chain is requests one after the other, each begun by the end of the last.
type chain struct {
	request    started
	client     *client.Client
	rand       *rand.Rand
	begin, end time.Time
	wg         *sync.WaitGroup
	since      time.Time
	took       []time.Duration
	err        error
}

func (c *chain) next() {
	c.since = time.Now()
	if c.since.After(c.end) {
		c.wg.Done()
		return
	}
	c.request(c.client, c.rand, c.ended)
}

func (c *chain) ended(err error) {
	if err != nil {
		c.err = fmt.Errorf("after %d requests: %w", len(c.took), err)
		c.wg.Done()
		return
	}
	if now := time.Now(); c.since.After(c.begin) && now.Before(c.end) {
		c.took = append(c.took, now.Sub(c.since))
	}
	c.next()
}
