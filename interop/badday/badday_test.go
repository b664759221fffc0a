//go:build interop

package badday_test

import "testing"

func TestHostsThatAreKilledOneByOne(t *testing.T) { badDay(t, (*driver).kill) }

func TestMajoritiesAndClustersThatAreKilledAtOnce(t *testing.T) {
	badDay(t, (*driver).loseAll, (*driver).killTwo)
}

func TestLeadersThatFreezeForSeconds(t *testing.T) { badDay(t, (*driver).freeze) }

func TestLeadersThatStutter(t *testing.T) { badDay(t, (*driver).stutter) }

func TestAllOfItInTurn(t *testing.T) {
	badDay(t, (*driver).freezeAndKill, (*driver).kill, (*driver).stutter, (*driver).loseAll, (*driver).freeze)
}
