package primarybackuptest

import "github.com/parleysystems/parley/systems/replication/rsm/rsmtest"

// Servers makes a trial's replicas primary-backup servers with the settings that
// they have by default, and puts the view server on a host of its own.
func Servers(t *rsmtest.Trial) { setting{}.into(t) }
