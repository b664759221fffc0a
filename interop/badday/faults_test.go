//go:build interop

package badday_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/parleysystems/parley/interop/hosts"
)

// driver hurts a cluster under load, one fault after the other; between two all
// hosts serve again. Its choices come from its seed.
type driver struct {
	t       *testing.T
	cluster *hosts.Cluster
	random  *rand.Rand
	ctx     context.Context // ends with the run
	faults  int
	slowest time.Duration // from the end of a fault until all hosts serve
}

// badDay runs faults under load for the time that a run lasts, and judges it.
func badDay(t *testing.T, faults ...func(*driver)) {
	t.Helper()
	badDayOf(hosts.Start(t), newLoad, t, faults...)
}

// badDayOf is badDay for a cluster and a load that are not the usual ones.
func badDayOf(c *hosts.Cluster, begin func(*testing.T, *hosts.Cluster, uint64) *load, t *testing.T, faults ...func(*driver)) {
	t.Helper()
	seed := uint64(setting(t, "PARLEY_INTEROP_SEED", 1))
	lasts := time.Duration(setting(t, "PARLEY_INTEROP_SECONDS", 8)) * time.Second
	ctx, cancel := context.WithTimeout(t.Context(), lasts)
	defer cancel()
	d := &driver{t: t, cluster: c, random: rand.New(rand.NewPCG(seed, 0)), ctx: ctx}
	l := begin(t, c, seed)
	pause(ctx, 300*time.Millisecond)
	for ctx.Err() == nil {
		faults[d.faults%len(faults)](d)
		d.recover()
		pause(ctx, d.between(100*time.Millisecond, 500*time.Millisecond))
	}
	t.Logf("seed %d: %d faults, all hosts served again after %v at most", seed, d.faults, d.slowest.Round(time.Millisecond))
	l.judge()
}

// slow is a recovery that deserves a look at the logs.
const slow = 5 * time.Second

// between draws a duration.
func (d *driver) between(least, most time.Duration) time.Duration {
	return least + time.Duration(d.random.Int64N(int64(most-least)))
}

func (d *driver) recover() {
	began := time.Now()
	d.cluster.AwaitReady(d.cluster.Hosts...)
	d.faults++
	took := time.Since(began)
	d.slowest = max(d.slowest, took)
	if took > slow {
		d.cluster.ShowLogs()
	}
}

// one draws a host: the leader every other time.
func (d *driver) one() *hosts.Host {
	if d.random.IntN(2) == 0 {
		return d.cluster.Leader()
	}
	return d.cluster.Hosts[d.random.IntN(len(d.cluster.Hosts))]
}

// kill ends one host with kill -9 and starts it again after a while.
func (d *driver) kill() {
	h := d.one()
	h.Kill()
	pause(d.ctx, d.between(50*time.Millisecond, 1500*time.Millisecond))
	h.Start()
}

// killTwo leaves no majority, of three hosts and of four.
func (d *driver) killTwo() {
	stays := d.random.IntN(len(d.cluster.Hosts))
	for i, h := range d.cluster.Hosts {
		if i != stays {
			h.Kill()
		}
	}
	pause(d.ctx, d.between(50*time.Millisecond, time.Second))
	for _, h := range d.cluster.Hosts {
		h.Start()
	}
}

// loseAll ends all hosts at once.
func (d *driver) loseAll() {
	for _, h := range d.cluster.Hosts {
		h.Crash()
	}
	for _, h := range d.cluster.Hosts {
		h.Kill() // which waits
	}
	for _, i := range d.random.Perm(len(d.cluster.Hosts)) {
		d.cluster.Hosts[i].Start()
		pause(d.ctx, d.between(time.Millisecond, 300*time.Millisecond))
	}
}

// freeze stops the leader for longer than an election takes, mostly.
func (d *driver) freeze() { d.freezeFor(200*time.Millisecond, 3*time.Second) }

// stutter stops the leader for about as long as its lease lasts.
func (d *driver) stutter() { d.freezeFor(50*time.Millisecond, 250*time.Millisecond) }

// outlive stops the leader until its lease is over and another was elected, but
// for hardly longer than its clients wait before they look for another.
func (d *driver) outlive() { d.freezeFor(700*time.Millisecond, 1600*time.Millisecond) }

func (d *driver) freezeFor(least, most time.Duration) {
	leader := d.cluster.Leader()
	leader.Freeze()
	pause(context.Background(), d.between(least, most))
	leader.Thaw()
}

// freezeAndKill stops the leader, kills a follower meanwhile, and lets the old
// leader find that a new one cannot be elected, or was.
func (d *driver) freezeAndKill() {
	leader, follower := d.cluster.Leader(), d.cluster.Hosts[d.random.IntN(len(d.cluster.Hosts))]
	if follower == leader {
		return
	}
	leader.Freeze()
	follower.Kill()
	pause(context.Background(), d.between(200*time.Millisecond, 1500*time.Millisecond))
	leader.Thaw()
	follower.Start()
}
