package primarybackuptest

import (
	"fmt"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/trace"
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/kernel/workload"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/primarybackup"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// pair is a primary that was alone for a while and a backup that comes back, on
// slow links, with what their talk weighs.
type pair struct {
	*rsmtest.Cluster
	meter *meter
	views *primarybackup.ViewServer
	ids   uint64
}

// meter weighs what carries state.
type meter struct {
	last  trace.ID
	bytes int
}

func (m *meter) Record(e trace.Event) trace.ID {
	if e.Kind == trace.Send && (e.What == "relay.Update" || e.What == "pull.Piece") {
		if b, err := wire.Marshal(e.Detail); err == nil {
			m.bytes += len(b)
		}
	}
	m.last++
	return m.last
}

const bandwidth = 100_000 // bytes a second

func newPair(seed uint64, o experiment.Options, s setting) *pair {
	p := &pair{meter: &meter{}}
	world := sim.Config{Link: sim.Link{Delay: sim.Constant(time.Millisecond), Bandwidth: bandwidth, Queue: 16 << 20}, Observer: p.meter}
	o.World(&world)
	s.Server.ViewServer = node.Join(viewHost, viewService)
	s.Server.CheckpointChunk, s.Server.Resend = 2048, 500*time.Millisecond // slow links
	p.Cluster = rsmtest.New(seed, rsmtest.Options{
		Hosts: []string{"a", "b"}, Sim: world, RSM: rsm.Config{Timeout: time.Minute},
		Engine: func([]node.Addr) rsm.Engine { return primarybackup.New(s.Server) },
	})
	p.World.Host(viewHost).Serve(viewService, func() node.Node {
		p.views = primarybackup.NewViewServer(s.Patience)
		return p.views
	})
	return p
}

// write executes commands at a, over so many keys, some at a time: of those that
// are outstanding together the table of executed requests keeps the results.
func (p *pair) write(n, keys, value, pad int) error {
	for ; n > 0; n -= 25 {
		var some []*rsmtest.Outcome
		for range min(n, 25) {
			p.ids++
			some = append(some, p.Propose("a", &rsmtest.Op{
				ID: p.ids, Verb: uint8(workload.Write), Key: fmt.Sprintf("k%d", p.ids%uint64(keys)),
				Value: strings.Repeat("x", value), Pad: make([]byte, pad),
			}))
		}
		if !p.Await(time.Minute, some...) {
			return fmt.Errorf("transfer: %d commands are not executed", n)
		}
	}
	return nil
}

// settled runs until the present view is acknowledged, with b as backup or without.
func (p *pair) settled(backup bool, limit time.Duration) bool {
	return p.World.RunUntil(func() bool {
		if p.views == nil {
			return false // has not started
		}
		v, acked := p.views.View()
		return acked && v.Primary == "a/"+rsmtest.Service && (v.Backup != "") == backup
	}, limit)
}

// history is what a and b did before the transfer.
type history struct {
	name             string
	before           int // commands that b has
	missed           int // commands that it has not
	keys, value, pad int
	cheaper          string // by much: "log", "checkpoint" or neither
}

var histories = []history{
	{"long history over few keys", 0, 1500, 2, 10, 100, "checkpoint"},
	{"short history over many keys", 0, 150, 150, 100, 0, ""},
	{"the end of a history over many keys", 600, 15, 600, 100, 0, "log"},
}

// TransferMethods brings a backup up to date both ways.
var TransferMethods = experiment.Register(&experiment.Experiment{
	System: "primarybackup", Name: "transfer-methods", Hosts: "2", Once: true,
	Canon: []string{"primarybackup.transfer.method"},
	Question: `Is it better to send a new backup the log or a checkpoint? For three histories both are weighed on links
of 100 kB a second: a long one over few keys, a short one over many, and one of which the backup lacks the end. A
checkpoint wins the first by far, the log the last, and they are alike in between. Whichever it was, primary and
backup are in the same state, the table of executed requests included.`,
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		r := experiment.Result{Verdict: check.OK, Stats: map[string]float64{}}
		for _, h := range histories {
			bytes := map[bool]int{}
			for _, whole := range []bool{false, true} {
				n, err := weigh(seed, o, h, whole, &r)
				if err != nil {
					return violated(r, err)
				}
				bytes[whole] = n
				r.Stats[fmt.Sprintf("kB, %s, checkpoint %v", h.name, whole)] = float64(n) / 1000
			}
			log, checkpoint := bytes[false], bytes[true]
			ok := map[string]bool{
				"checkpoint": log > 5*checkpoint, "log": checkpoint > 5*log, "": log < 3*checkpoint && checkpoint < 3*log,
			}
			if !ok[h.cheaper] {
				return violated(r, fmt.Errorf("%s: %d bytes by log, %d by checkpoint; %q was to be cheaper by far", h.name, log, checkpoint, h.cheaper))
			}
		}
		return r
	},
})

func violated(r experiment.Result, err error) experiment.Result {
	r.Verdict, r.Violation = check.Violation, err.Error()
	return r
}

// add counts a world's events in.
func (p *pair) add(r *experiment.Result) {
	r.Hash = r.Hash*31 + p.World.Hash()
	r.Events += p.World.Events()
	r.Elapsed += p.World.Now()
}

// weigh returns how many bytes it takes to bring b up to date.
func weigh(seed uint64, o experiment.Options, h history, whole bool, r *experiment.Result) (int, error) {
	s := quick()
	s.Server.Whole, s.Patience.DeadPings = whole, 50
	p := newPair(seed, o, s)
	defer p.World.Close()
	defer p.add(r)
	if !p.settled(true, moveLimit) {
		return 0, fmt.Errorf("transfer: no backup")
	}
	if err := p.write(h.before, h.keys, h.value, h.pad); err != nil {
		return 0, err
	}
	p.World.Run(time.Second)
	p.World.Host("b").Crash()
	if !p.settled(false, moveLimit) {
		return 0, fmt.Errorf("transfer: a is not alone")
	}
	if err := p.write(h.missed, h.keys, h.value, h.pad); err != nil {
		return 0, err
	}
	p.meter.bytes = 0
	p.World.Host("b").Restart()
	began := p.World.Now()
	if !p.settled(true, time.Minute) {
		return 0, fmt.Errorf("transfer: b does not become backup")
	}
	r.Stats[fmt.Sprintf("s, %s, checkpoint %v", h.name, whole)] = (p.World.Now() - began).Seconds()
	return p.meter.bytes, p.World.Converge(p.Converged, moveLimit)
}
