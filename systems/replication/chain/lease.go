package chain

import (
	"time"

	"github.com/parleysystems/parley/node"
)

// A lease lets a replica answer reads without asking whether it still has its
// place. It runs from when Renew was sent, for L(1-ρ)/(1+ρ) by this host's
// oscillator; the master removes nobody for L by its own after the last grant. If
// every oscillator's rate is within 1-ρ and 1+ρ of true, the replica's lease is
// over first. A new master waits for L from when it began: leases of the one
// before were confirmed earlier.
type lease struct {
	env    node.Env
	until  time.Duration
	round  uint64 // of Granted
	asked  uint64 // the round of the latest Renew
	sentAt [renewals]time.Duration
}

// renewals is how many rounds back an answer may come.
const renewals = 16

// start draws where rounds begin, lest an answer to an earlier incarnation fit.
func (l *lease) start(env node.Env) {
	l.env, l.asked = env, env.Rand().Uint64()>>2|1<<40
	l.round = l.asked
}

// ask returns the number of a new round.
func (l *lease) ask() uint64 {
	l.asked++
	l.sentAt[l.asked%renewals] = l.env.Elapsed()
	return l.asked
}

// grant takes an answer, of a replica that has a place in the chain.
func (l *lease) grant(round uint64, length time.Duration) {
	if round <= l.round || round > l.asked || l.asked-round >= renewals {
		return
	}
	l.round = round
	l.until = max(l.until, l.sentAt[round%renewals]+length)
}

func (l *lease) end() { l.until = 0 }

// runs tells whether the lease is running.
func (l *lease) runs() bool {
	//parley:rule chain.read.at-tail value=true
	runs := l.env.Elapsed() < l.until
	return runs
}

// onRenewTimer keeps the lease running.
func (r *Replica) onRenewTimer() {
	r.renew.Reset(r.renewInterval())
	r.sayRenew()
}

// diskPatience is how many leases a sync may take before this replica is as good as
// dead: it would hold up the chain for ever.
const diskPatience = 10

// sayRenew asks all masters; the one that leads answers.
//
// Early: that this replica lives, and what it reads, depends on nothing that it has not
// on disk. Else one slow sync would cost it its place.
func (r *Replica) sayRenew() uint64 {
	round := r.lease.ask()
	send := r.Env.Send
	if r.DiskWorks(diskPatience * r.cfg.LeaseLength) {
		send = r.Env.SendEarly
	}
	for _, a := range r.cfg.Masters {
		send(a, &Renew{Round: round})
	}
	return round
}

// onGranted takes up the configuration, and the lease if the answer is to a
// question of this incarnation.
func (r *Replica) onGranted(m *Granted) {
	if m.Configuration == nil {
		return
	}
	r.enter(m.Configuration)
	if m.Configuration.Epoch != r.now.Epoch || m.Round == 0 {
		return
	}
	if r.now.has(r.self) {
		drift := r.cfg.ClockDrift
		r.lease.grant(m.Round, time.Duration(float64(r.cfg.LeaseLength)*(1-drift)/(1+drift)))
	}
	r.confirm(m.Round)
	if r.isTail() {
		r.handOver()
	}
}
