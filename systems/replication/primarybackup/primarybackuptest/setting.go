package primarybackuptest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/trace"
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
	s.Server.Resend = 20 * time.Millisecond
	return s
}

// into makes a trial's replicas primary-backup servers, and a view server beside
// them whose decisions are judged.
func (s setting) into(t *rsmtest.Trial) *views {
	seen := &views{}
	s.Server.ViewServer = node.Join(viewHost, viewService)
	t.Config.Engine = func([]node.Addr) rsm.Engine { return primarybackup.New(s.Server) }
	script := t.Script
	t.Script = func(t *rsmtest.Trial) error {
		t.Cluster.World.Host(viewHost).Serve(viewService, func() node.Node { return primarybackup.NewViewServer(s.Patience) })
		t.Notes.Hear = seen.hear
		if script != nil {
			return script(t)
		}
		return nil
	}
	t.Judge = func(t *rsmtest.Trial) error {
		t.Marks.Sometimes("three views or more", len(seen.all) >= 3)
		t.Marks.Sometimes("stale primary rejected", t.Notes.Counts["rejected"] > 0)
		return seen.err
	}
	return seen
}

// views is what the view server decided, in order, as its notes tell.
type views struct {
	all []view
	err error
}

type view struct{ number, primary, backup string }

func (v *views) hear(e *trace.Event) {
	if e.Kind != trace.Note || e.What != "view" {
		return
	}
	next := view{rsmtest.Attr(e, "number"), rsmtest.Attr(e, "primary"), rsmtest.Attr(e, "backup")}
	v.judge(next)
	v.all = append(v.all, next)
}

// judge keeps I1 and I2 of package primarybackup.
func (v *views) judge(next view) {
	switch n := len(v.all); {
	case v.err != nil:
	case next.number != fmt.Sprint(n+1):
		v.err = fmt.Errorf("views: number %s follows %d", next.number, n)
	case n > 0 && next.primary != v.all[n-1].primary && next.primary != v.all[n-1].backup:
		v.err = fmt.Errorf("views: %v follows %v, and its primary had no role there", next, v.all[n-1])
	case next.primary == "" || next.primary == next.backup:
		v.err = fmt.Errorf("views: %v", next)
	}
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
