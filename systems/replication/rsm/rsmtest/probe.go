package rsmtest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/systems/replication/rsm"
)

// probeLimit is how long a group at rest may take for a command or a read.
const probeLimit = 10 * time.Second

// probeID is the number of the first command with which a group is asked whether it still
// works. No operation of a history has it, or one above.
const probeID = 1 << 62

// probe demands that a group at rest executes a command, that every member answers a
// read, by asking its leader if need be, and that remote clients are served too.
func (t *Trial) probe() error {
	c := t.Cluster
	leader := c.Leader()
	o := c.Propose(leader, &Op{ID: probeID})
	if !c.Await(probeLimit, o) || o.Err != nil {
		return fmt.Errorf("liveness: a group at rest does not execute a command within %v: %w", probeLimit, o.Err)
	}
	for _, m := range c.Replica(leader).Status().Members {
		if err := t.probeRead(m.Addr.Host()); err != nil {
			return err
		}
	}
	if t.Load.Remote {
		return t.probeRemote()
	}
	return nil
}

// probeRead has a host read until it succeeds. What a read waits for may be lost, as
// Config.Timeout may be shorter than a round of messages.
func (t *Trial) probeRead(host string) error {
	w := t.Cluster.World
	for end := w.Now() + probeLimit; ; {
		o := t.Cluster.Read(host, rsm.Linearizable)
		if t.Cluster.Await(end-w.Now(), o) && o.Err == nil {
			return nil
		}
		if w.Now() >= end || t.Broken() != nil {
			return fmt.Errorf("liveness: %s, of a group at rest, does not answer a read within %v: %w", host, probeLimit, o.Err)
		}
		w.Run(slice / 10)
	}
}
