//go:build interop

package badday_test

import (
	"testing"

	"github.com/parleysystems/parley/interop/hosts"
)

func TestHostsThatAreKilledOneByOne(t *testing.T) { badDay(t, (*driver).kill) }

func TestMajoritiesAndClustersThatAreKilledAtOnce(t *testing.T) {
	badDay(t, (*driver).loseAll, (*driver).killTwo)
}

func TestLeadersThatFreezeForSeconds(t *testing.T) { badDay(t, (*driver).freeze) }

func TestLeadersThatStutter(t *testing.T) { badDay(t, (*driver).stutter) }

// TestLeaseReadsOfLeadersThatStandStill: pauses of 200 ms and of longer than a
// lease, under writes at all hosts and reads by lease.
func TestLeaseReadsOfLeadersThatStandStill(t *testing.T) {
	onlyParley(t)
	badDayOf(hosts.Start(t), newLeaseLoad, t, (*driver).stutter, (*driver).outlive, (*driver).outlive)
}

// newLeaseLoad is newLoad where the first host's clients are Parley's own, and
// with readers that do not wait.
func newLeaseLoad(t *testing.T, c *hosts.Cluster, seed uint64) *load {
	t.Helper()
	l := newLoadOf(t, c, seed, func(h *hosts.Host) store {
		if h == c.Hosts[0] {
			return connectByLease(t, c)
		}
		return etcdStore{c.Connect(h)}
	})
	for i := range 2 {
		reader := newLeaseReader(connectByLease(t, c), l.recorder, 1000*(i+1))
		l.working.Go(func() { reader.run(l.ctx) })
	}
	return l
}

func TestAllOfItInTurn(t *testing.T) {
	badDay(t, (*driver).freezeAndKill, (*driver).kill, (*driver).stutter, (*driver).loseAll, (*driver).freeze)
}
