package primarybackuptest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/primarybackup"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// The view server's place: on a host of its own, which no fault names.
const (
	viewHost    = "v"
	viewService = "views"
)

// setting is a group's knobs.
type setting struct {
	Server   primarybackup.Config
	Patience primarybackup.Patience
}

// quick takes a server for dead after 50 milliseconds.
func quick() setting {
	s := setting{}
	s.Server.PingInterval, s.Patience.PingInterval = 10*time.Millisecond, 10*time.Millisecond
	s.Patience.DeadPings = 5
	s.Server.Resend = 20 * time.Millisecond
	return s
}

// into makes a trial's replicas primary-backup servers, and a view server beside
// them whose decisions are judged.
func (s setting) into(t *rsmtest.Trial) {
	seen := views{}
	t.Config.Watch = seen.watch
	s.Server.ViewServer = node.Join(viewHost, viewService)
	t.Config.Engine = func([]node.Addr) rsm.Engine { return primarybackup.New(s.Server) }
	script := t.Script
	t.Script = func(t *rsmtest.Trial) error {
		t.Cluster.World.Host(viewHost).Serve(viewService, func() node.Node { return primarybackup.NewViewServer(s.Patience) })
		if script != nil {
			return script(t)
		}
		return nil
	}
	judge := t.Judge
	t.Judge = func(t *rsmtest.Trial) error {
		t.Marks.Sometimes("stale primary rejected", t.Notes.Counts["rejected"] > 0)
		if judge != nil {
			return judge(t)
		}
		return nil
	}
}

// views is what servers were told of views.
type views map[primarybackup.ViewNumber]primarybackup.View

// watch keeps I1 and I2 of package primarybackup: one view a number, and a primary
// that had a role in the view before.
func (seen views) watch(a node.Addr, e rsm.Engine) error {
	v := e.(*primarybackup.Server).View()
	old, known := seen[v.Number]
	if known && old == v || v.Number == 0 {
		return nil
	}
	if known {
		return fmt.Errorf("views: %s was told of view %v, and another server of %v", a, v, old)
	}
	seen[v.Number] = v
	before, known := seen[v.Number-1]
	if known && v.Primary != before.Primary && v.Primary != before.Backup {
		return fmt.Errorf("views: the primary of view %v had no role in view %v", v, before)
	}
	if v.Primary == "" || v.Primary == v.Backup {
		return fmt.Errorf("views: %v", v)
	}
	return nil
}

// draw draws the knobs.
func draw(k *sim.Knobs) setting {
	ping := k.Duration("ping-interval", 5*time.Millisecond, 100*time.Millisecond)
	s := setting{Patience: primarybackup.Patience{PingInterval: ping, DeadPings: k.Int("dead-pings", 2, 8)}}
	s.Server.PingInterval = ping
	s.Server.IdleSpares = k.Chance("idle-spares", 0.3)
	s.Server.MaxInflight = k.Int("max-inflight", 1, 64)
	s.Server.MaxEntriesPerMessage = k.Int("max-entries", 1, 64)
	s.Server.MaxBatchBytes = int64(k.Int("max-batch-bytes", 1, 1<<16))
	s.Server.Resend = k.Duration("resend", 10*time.Millisecond, 200*time.Millisecond)
	s.Server.CheckpointThreshold = int64(sim.Choose(k, "checkpoint-threshold", 600, 3_000, 20_000, 64<<20))
	s.Server.KeepBytes = int64(k.Int("keep-bytes", 1, 2000))
	s.Server.CheckpointChunk = k.Int("checkpoint-chunk", 16, 4096)
	s.Server.Whole = k.Chance("whole", 0.3)
	return s
}
