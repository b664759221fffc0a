package raft_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/raft"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// group is real servers in a simulated world: hosts a, b, c and so on.
type group struct {
	*sim.World
	t     *testing.T
	hosts []string
}

func addr(host string) node.Addr { return node.Join(host, "raft") }

func addrs(hosts ...string) []node.Addr {
	var as []node.Addr
	for _, h := range hosts {
		as = append(as, addr(h))
	}
	return as
}

// newGroup makes n servers that begin as one group.
func newGroup(t *testing.T, n int, cfg raft.Config) *group {
	t.Helper()
	return newGroupIn(t, sim.Config{}, n, cfg)
}

func newGroupIn(t *testing.T, world sim.Config, n int, cfg raft.Config) *group {
	t.Helper()
	world.Seed = 1
	g := &group{World: sim.New(world), t: t}
	t.Cleanup(g.Close)
	cfg.Members = addrs(names(n)...)
	for _, h := range names(n) {
		g.serve(h, cfg)
	}
	return g
}

func names(n int) []string {
	var all []string
	for i := range n {
		all = append(all, string(rune('a'+i)))
	}
	return all
}

func (g *group) serve(host string, cfg raft.Config) {
	g.hosts = append(g.hosts, host)
	g.Host(host).Serve("raft", func() node.Node {
		return rsm.New(raft.New(cfg), &journal{}, rsm.Config{})
	})
}

func (g *group) replica(host string) *rsm.Replica {
	r, _ := g.Node(addr(host)).(*rsm.Replica)
	return r
}

func (g *group) raft(host string) *raft.Raft { return g.replica(host).Engine().(*raft.Raft) }

func (g *group) journal(host string) []string {
	var all []string
	for _, c := range g.replica(host).Machine().(*journal).commands {
		all = append(all, string(c))
	}
	return all
}

// leader returns who leads in the highest term, or "".
func (g *group) leader() string {
	best, term := "", uint64(0)
	for _, h := range g.hosts {
		if r := g.replica(h); r != nil && r.Status().Role == rsm.Leading && r.Status().Epoch > term {
			best, term = h, r.Status().Epoch
		}
	}
	return best
}

// await runs until cond holds, and fails the test if that takes too long.
func (g *group) await(what string, cond func() bool) {
	g.t.Helper()
	if !g.RunUntil(cond, time.Minute) {
		g.t.Fatalf("not within a minute: %s", what)
	}
}

// elect runs until somebody leads and has committed in his term.
func (g *group) elect() string {
	g.t.Helper()
	g.await("a leader", func() bool {
		l := g.leader()
		if l == "" {
			return false
		}
		s := g.replica(l).Status()
		base, _, entries := g.raft(l).Entries()
		i := int(s.Committed) - int(base) - 1
		return i >= 0 && uint64(entries[i].Term) == s.Epoch
	})
	return g.leader()
}

// result is what became of a proposal.
type result struct {
	done bool
	err  error
}

func (g *group) propose(host, command string) *result {
	g.t.Helper()
	res := &result{}
	ok := g.do(host, func(r *rsm.Replica) {
		r.Propose([]byte(command), func(_ []byte, err error) { res.done, res.err = true, err })
	})
	if !ok {
		g.t.Fatalf("%s is down", host)
	}
	return res
}

func (g *group) do(host string, f func(*rsm.Replica)) bool {
	return g.Do(addr(host), func(n node.Node) { f(n.(*rsm.Replica)) })
}

// write proposes commands one after the other and waits for each.
func (g *group) write(host string, commands ...string) {
	g.t.Helper()
	for _, c := range commands {
		res := g.propose(host, c)
		g.await("outcome of "+c, func() bool { return res.done })
		if res.err != nil {
			g.t.Fatalf("propose %s at %s: %v", c, host, res.err)
		}
	}
}

// read returns what a read at a level found.
func (g *group) read(host string, level rsm.Level) (found []string, err error) {
	g.t.Helper()
	done := false
	g.do(host, func(r *rsm.Replica) {
		r.Read(level, func(e error) { done, err, found = true, e, g.journal(host) })
	})
	g.await("a read", func() bool { return done })
	return found, err
}

// others returns all hosts but the given ones.
func (g *group) others(not ...string) []string {
	return slices.DeleteFunc(slices.Clone(g.hosts), func(h string) bool { return slices.Contains(not, h) })
}

// agree runs until all the hosts have executed the same as the leader, all of
// its log.
func (g *group) agree(hosts ...string) {
	g.t.Helper()
	err := g.Converge(func() error {
		l := g.leader()
		if l == "" {
			return fmt.Errorf("no leader")
		}
		s := g.replica(l).Status()
		for _, h := range hosts {
			if r := g.replica(h); r == nil || r.Status().Applied != s.Last || r.Digest() != g.replica(l).Digest() {
				return fmt.Errorf("%s differs from %s", h, l)
			}
		}
		return nil
	}, time.Minute)
	if err != nil {
		g.t.Fatal(err)
	}
}

func (g *group) expect(host string, want ...string) {
	g.t.Helper()
	if got := g.journal(host); !slices.Equal(got, want) {
		g.t.Fatalf("%s has executed %v, want %v", host, got, want)
	}
}

func numbered(prefix string, n int) []string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprint(prefix, i))
	}
	return all
}
