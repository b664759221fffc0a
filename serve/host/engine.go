package host

import (
	"maps"
	"slices"
	"time"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/multipaxos"
	"github.com/parleysystems/parley/systems/consensus/pbft"
	"github.com/parleysystems/parley/systems/consensus/raft"
	"github.com/parleysystems/parley/systems/consensus/vr"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// engine is what orders the commands of a store: what a host runs for it.
type engine struct {
	// hosts is how many it takes to survive the loss of one; 3 if 0.
	hosts int
	// replica makes the engine of this host's replica.
	replica func(*Config) rsm.Engine
	// beside are further services of this host that the engine needs, such as a
	// view server or a configuration service, by name. They start first. Nil for none.
	beside func(*Config) map[string]func() node.Node
	// recovers tells that a replica can start on a disk that it does not believe.
	recovers bool
}

// engines are all, by the names that users choose them by.
var engines = map[string]engine{
	"chain":         chained(false),
	"craq":          chained(true),
	"primarybackup": primaryBackup,
	"multipaxos": {replica: func(c *Config) rsm.Engine {
		return multipaxos.New(multipaxos.Config{Members: c.founders()})
	}},
	// Four hosts survive one that lies. A door answers from its own host's replica, so
	// who comes in by it trusts that host, and no other.
	"pbft": {hosts: 4, recovers: true, replica: func(c *Config) rsm.Engine {
		cfg := pbft.Config{Members: c.founders()}
		if c.Recover {
			cfg.Recover, cfg.Counter = true, recoveries()
		}
		return pbft.New(cfg)
	}},
	"raft": {replica: func(c *Config) rsm.Engine {
		return raft.New(raft.Config{Members: c.founders(), SnapshotMost: c.logInMemory()})
	}},
	"vr": {replica: func(c *Config) rsm.Engine { return vr.New(vr.Config{Members: c.founders()}) }},
}

// recoveries counts periods of ten minutes since 2026 began, up to 2045: with the key
// epoch on disk it stands for the counter of a secure co-processor, which a host of
// ours does not have. So a recovery here is from a disk that is old or damaged; an
// intruder could have set the disk's epoch, and is not kept out by it.
func recoveries() uint64 {
	began := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	return uint64(max(0, time.Since(began)/(10*time.Minute))) & (1<<20 - 1)
}

// defaultEngine is what a host has that names none.
const defaultEngine = "raft"

// Engines returns the names of the engines, the default first.
func Engines() []string {
	others := maps.Clone(engines)
	delete(others, defaultEngine)
	return append([]string{defaultEngine}, slices.Sorted(maps.Keys(others))...)
}

// Hosts returns how many hosts it takes for an engine to survive the loss of one.
func Hosts(name string) int {
	if n := engines[name].hosts; n > 0 {
		return n
	}
	return 3
}
