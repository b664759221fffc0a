package roll_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/serve/roll"
)

// cluster is hosts with a roll each, and how many of their incarnations began.
type cluster struct {
	*sim.World
	names []string
	begun map[string]int
}

func newCluster(t *testing.T, seed uint64, names ...string) *cluster {
	t.Helper()
	c := &cluster{
		World: sim.New(sim.Config{Seed: seed, Link: sim.Link{Delay: sim.Constant(time.Millisecond)}}),
		names: names, begun: map[string]int{},
	}
	t.Cleanup(c.Close)
	for _, name := range names {
		var others []node.Addr
		for _, other := range names {
			if other != name {
				others = append(others, node.Join(other, "roll"))
			}
		}
		c.Host(name).Serve("roll", func() node.Node { return roll.New(others, func() { c.begun[name]++ }) })
	}
	return c
}

// expect wants that each host has begun that often, but for those that lost
// their disk in between, which were halted instead.
func (c *cluster) expect(t *testing.T, times int, lost ...string) {
	t.Helper()
	for _, name := range c.names {
		want, wantLost := times, slices.Contains(lost, name)
		if wantLost {
			want--
		}
		var e *roll.LostError
		isLost := errors.As(c.Host(name).Err(), &e)
		if c.begun[name] != want || isLost != wantLost || isLost && e.Host != name {
			t.Errorf("host %s began %d times and ended with %v; want %d, and only %v lost", name, c.begun[name], c.Host(name).Err(), want, lost)
		}
	}
}

func (c *cluster) powerLoss() {
	for _, name := range c.names {
		c.Host(name).Crash()
	}
	for _, name := range c.names {
		c.Host(name).Restart()
	}
}

func TestHostsOfANewClusterStart(t *testing.T) {
	c := newCluster(t, 1, "a", "b", "c")
	c.Run(2 * time.Second)
	c.expect(t, 1)
}

func TestHostsComeBackWithTheirDisks(t *testing.T) {
	c := newCluster(t, 2, "a", "b", "c")
	c.Run(2 * time.Second)
	c.powerLoss()
	c.Run(2 * time.Second)
	c.expect(t, 2)
}

func TestAHostWithoutItsDiskIsRefused(t *testing.T) {
	for _, victim := range []string{"a", "b", "c"} {
		c := newCluster(t, 3, "a", "b", "c")
		c.Run(2 * time.Second)
		c.Host(victim).Disk().Wipe()
		c.powerLoss()
		c.Run(2 * time.Second)
		c.expect(t, 2, victim)
	}
}

func TestAHostAloneOfItsClusterStartsWithoutAsking(t *testing.T) {
	c := newCluster(t, 4, "a")
	c.Run(time.Second)
	c.expect(t, 1)
}

func TestAFreshHostWaitsForAMajority(t *testing.T) {
	c := newCluster(t, 5, "a", "b", "c")
	c.Host("b").Crash()
	c.Host("c").Crash()
	c.Run(5 * time.Second)
	if c.begun["a"] != 0 {
		t.Fatal("a began before anybody answered")
	}
	c.Host("b").Restart()
	c.Run(2 * time.Second)
	if c.begun["a"] != 1 || c.begun["b"] != 1 {
		t.Errorf("a and b are a majority, and began %v times", c.begun)
	}
}

// A crash in the middle of a first start must not look like a lost disk for
// ever: identities of hosts that were never established give way.
func TestACrashDuringTheFirstStartLocksNobodyOut(t *testing.T) {
	for seed := range uint64(200) {
		c := newCluster(t, seed, "a", "b", "c")
		c.Run(time.Duration(seed) * 50 * time.Microsecond)
		c.powerLoss()
		c.Run(3 * time.Second)
		for _, name := range c.names {
			if c.begun[name] == 0 || c.Host(name).Err() != nil {
				t.Fatalf("seed %d: host %s began %d times, and ended with %v", seed, name, c.begun[name], c.Host(name).Err())
			}
		}
	}
}
