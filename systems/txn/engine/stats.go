package engine

import (
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/txn/engine/aries"
	"github.com/parleysystems/parley/systems/txn/engine/pool"
)

// Stats tell what a database does.
type Stats struct {
	Pool     pool.Stats
	Log      aries.Stats
	Recovery aries.Recovery // of the restart that opened it
	Last     node.LSN       // of the newest log record
	Durable  node.LSN
	First    node.LSN // of the oldest that is kept
	Versions int      // bytes kept for snapshots in memory
	Spilled  int64    // and on the disk
	Open     int      // units that have logged something
}

// Stats returns figures as of now.
func (d *Database) Stats() Stats {
	s := Stats{
		Pool: d.pool.Stats(), Log: d.log.Stats(), Recovery: d.log.Stats().Recovery,
		Last: d.log.Last(), Durable: d.log.Durable(), First: d.log.Log().First(),
		Versions: d.versions.bytes, Open: len(d.log.Open()),
	}
	for _, r := range d.versions.runs {
		s.Spilled += r.Size()
	}
	return s
}
