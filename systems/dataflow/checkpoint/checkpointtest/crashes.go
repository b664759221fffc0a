package checkpointtest

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/dataflow/checkpoint"
)

// What a campaign must see.
const (
	newest   = "the newest epoch that was reported done was found"
	underWay = "an epoch was found whose Save had not ended"
	damaged  = "a damaged epoch was passed over"
	full     = "a Save found the disk full"
)

// Crashes saves states and crashes.
var Crashes = experiment.Register(&experiment.Experiment{
	System: "checkpoint", Name: "crashes", Hosts: "1",
	Question: `Does a crash at any moment leave a whole state? A node saves states of up to five parts, one after the other, while its
host crashes, loses power, finds its disk full and, in some runs, has bits rot. Each time it starts, what it finds is
byte for byte a state that it saved; unless bits have rotted it is at least as new as the newest whose Save
was reported done. Damage is reported, and an older whole state found instead.`,
	Canon:     []string{"mapreduce.master.failure-abort-or-checkpoint"},
	Sometimes: []string{newest, underWay, damaged, full},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		k := sim.NewKnobs(seed)
		r := &run{seed: seed, rots: k.Chance("rots", 0.4), fills: k.Chance("fills", 0.4), keep: k.Int("keep", 1, 3), most: k.Int("bytes", 0, 4000)}
		c := sim.Config{Seed: seed, Fsync: sim.Uniform(100*time.Microsecond, k.Duration("fsync", time.Millisecond, 20*time.Millisecond))}
		o.World(&c)
		if o.Trace != nil {
			c.Observer = o.Trace
		}
		r.w = sim.New(c)
		defer r.w.Close()
		r.w.Host("a").Serve("keeper", func() node.Node { return &keeper{run: r} })
		r.harm(k)
		out := experiment.Result{Verdict: check.OK}
		if err := r.w.Converge(r.ended, time.Minute); err != nil {
			r.err = errors.Join(r.err, err)
		}
		if r.err != nil {
			out.Verdict, out.Violation, out.At = check.Violation, r.err.Error(), r.w.Now()
		}
		out.Hash, out.Events, out.Elapsed, out.Marks = r.w.Hash(), r.w.Events(), r.w.Now(), r.marks.Names()
		return out
	},
})

// run is what the harness knows of one run.
type run struct {
	seed        uint64
	w           *sim.World
	rots, fills bool
	rotted      bool
	keep, most  int
	saved       map[uint64][]checkpoint.Part // by epoch, also those not done
	done        uint64                       // the newest that was
	starts      int
	marks       experiment.Marks
	err         error
}

const crashes = 12

// harm plans what happens to the host.
func (r *run) harm(k *sim.Knobs) {
	at := time.Duration(0)
	host := r.w.Host("a")
	for i := range crashes {
		at += k.Duration(fmt.Sprint("crash ", i), time.Millisecond, 60*time.Millisecond)
		r.w.At(at, func() {
			if i%3 == 2 {
				r.w.PowerLoss()
			} else {
				host.Crash()
			}
			if r.rots && i%2 == 1 {
				r.rotted = host.Disk().Rot("files/keeper/") != "" || r.rotted
			}
			host.Restart()
		})
		if r.fills {
			r.w.At(at+time.Millisecond, func() { host.Disk().SetFull(int64(r.most)) })
			r.w.At(at+15*time.Millisecond, func() { host.Disk().SetFull(-1) })
		}
	}
}

func (r *run) ended() error {
	if r.err == nil && r.starts <= crashes {
		return fmt.Errorf("%d of %d crashes have happened", r.starts-1, crashes)
	}
	return nil
}

// parts draws a state.
func (r *run) parts(epoch uint64) (parts []checkpoint.Part) {
	d := rand.New(rand.NewPCG(r.seed, epoch))
	for i := range d.IntN(6) {
		b := make([]byte, d.IntN(r.most+1))
		for k := range b {
			b[k] = byte(d.Uint32())
		}
		parts = append(parts, checkpoint.Part{Name: fmt.Sprintf("part-%d", i), Data: b})
	}
	return parts
}

// found judges what the node found when it started.
func (r *run) found(s checkpoint.State, err error) (epoch uint64) {
	r.starts++
	r.marks.Sometimes(damaged, len(s.Damaged) > 0 && err == nil)
	if len(s.Damaged) > 0 && !r.rotted {
		r.object("an epoch was found damaged, and nothing has rotted: %v", s.Damaged)
	}
	if errors.Is(err, checkpoint.ErrNone) {
		if r.done > 0 && !r.rotted {
			r.object("epoch %d was reported done, and nothing is there: %v", r.done, err)
		}
		return 0
	}
	if err != nil {
		if !r.rotted {
			r.object("%v", err)
		}
		return 0
	}
	want, there := r.saved[s.Epoch]
	if !there || len(want) != len(s.Parts) {
		r.object("epoch %d was found with %d parts, saved were %d (%v)", s.Epoch, len(s.Parts), len(want), there)
		return s.Epoch
	}
	for i, p := range s.Parts {
		if p.Name != want[i].Name || !bytes.Equal(p.Data, want[i].Data) {
			r.object("epoch %d: part %s is not what was saved", s.Epoch, p.Name)
		}
	}
	if s.Epoch < r.done && !r.rotted {
		r.object("epoch %d was found, %d was reported done", s.Epoch, r.done)
	}
	r.marks.Sometimes(newest, s.Epoch == r.done)
	r.marks.Sometimes(underWay, s.Epoch > r.done)
	return s.Epoch
}

func (r *run) object(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
}

// keeper saves one state after the other.
type keeper struct {
	run   *run
	store *checkpoint.Store
	epoch uint64
	again node.Timer
}

func (k *keeper) Start(env node.Env) {
	k.store = checkpoint.Open(env.Disk(), "states", k.run.keep)
	s, err := k.store.Load()
	k.run.found(s, err)
	for epoch := range k.run.saved { // the next is above all that were ever tried
		k.epoch = max(k.epoch, epoch)
	}
	k.again = env.Timer(k.save)
	k.save()
}

func (k *keeper) Receive(node.Addr, node.Message) {}

func (k *keeper) save() {
	r := k.run
	k.epoch++
	if r.saved == nil {
		r.saved = map[uint64][]checkpoint.Part{}
	}
	epoch, parts := k.epoch, r.parts(k.epoch)
	r.saved[epoch] = parts
	err := k.store.Save(epoch, parts, func(err error) {
		if err == nil {
			r.done = epoch
		}
		r.marks.Sometimes(full, err != nil)
		k.again.Reset(time.Millisecond)
	})
	if err != nil {
		r.object("%v", err)
	}
}
