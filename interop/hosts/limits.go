package hosts

import (
	"testing"

	"github.com/parleysystems/parley/serve/host"
)

// Limits are what a store does not have that etcd's clients may ask for. The
// documentation says the same (docs/running.md); tests of it are skipped.
type Limits struct {
	// Members: the membership is fixed. Learners: it has no members without a vote.
	// Leader: leadership cannot be moved.
	Members, Learners, Leader bool
	// Viewed: the first host carries a service that no other takes over, so nothing
	// is handled while that host is down.
	Viewed bool
	// Leaves: a host that fails is no member until it is back.
	Leaves bool
	// Leases: no read is answered by lease; it takes a round like any other.
	Leases bool
}

var limits = map[string]Limits{
	"primarybackup": {Members: true, Learners: true, Leader: true, Viewed: true},
	"chain":         {Members: true, Learners: true, Leader: true, Leaves: true},
	"craq":          {Members: true, Learners: true, Leader: true, Leaves: true},
	"pbft":          {Members: true, Learners: true, Leader: true, Leases: true},
}

// Limits returns those of the cluster's program.
func (c *Cluster) Limits() Limits {
	if !c.Program.IsParley() {
		return Limits{}
	}
	return limits[c.Engine]
}

// Need skips a test of what the cluster's engine does not have.
func (c *Cluster) Need(what string, lacks bool) {
	c.t.Helper()
	if lacks {
		c.t.Skipf("the engine %s has no %s", c.Engine, what)
	}
}

// Expendable returns the leader, or, where nothing goes on without the first host,
// another.
func (c *Cluster) Expendable() *Host {
	c.t.Helper()
	if c.Limits().Viewed {
		return c.Hosts[1]
	}
	return c.Leader()
}

// size is how many hosts a cluster has: enough to survive the loss of one.
func size(p Program, engine string) int {
	if !p.IsParley() || engine == "" {
		return 3
	}
	return host.Hosts(engine)
}

// names of hosts.
var names = []string{"a", "b", "c", "d", "e", "f", "g"}

// Engines are the names of all engines, the default first.
func Engines(testing.TB) []string { return host.Engines() }
