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

func TestLeaseReadsOfLeadersThatStutter(t *testing.T) {
	onlyParley(t)
	byLease := func(t *testing.T, c *hosts.Cluster, seed uint64) *load {
		return newLoadOf(t, c, seed, func(*hosts.Host) store { return connectByLease(t, c) })
	}
	badDayOf(hosts.Start(t), byLease, t, (*driver).stutter, (*driver).stutter, (*driver).freeze)
}

func TestAllOfItInTurn(t *testing.T) {
	badDay(t, (*driver).freezeAndKill, (*driver).kill, (*driver).stutter, (*driver).loseAll, (*driver).freeze)
}
