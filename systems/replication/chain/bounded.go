package chain

import (
	"time"

	"github.com/parleysystems/parley/systems/replication/rsm"
)

// Bound limits how old a state may be that an eventually consistent read sees
// (CRAQ §2.4). Without limits that is level Serializable, whatever its age.
type Bound struct {
	// Versions is how many versions of the object may be held and not be shown; a
	// replica that is cut off holds no more than those it knows of, so Age should be
	// set, too. 0 for no limit.
	Versions int
	// Age is how long ago the replica may last have had its place for certain, by
	// its own oscillator. 0 for no limit.
	Age time.Duration
}

// BarrierWithin runs done at once if the state is within the bound for a question
// about an object; else it does what Barrier does at level Lease.
func (r *Replica) BarrierWithin(b Bound, object string, done func(error)) {
	late := b.Versions > 0 && r.objects.versions(object) > b.Versions
	old := b.Age > 0 && r.Env.Elapsed() > r.lease.confirmedAt()+b.Age
	if late || old {
		if r.HoldsLeaseOn(object) {
			done(nil)
			return
		}
		r.Barrier(rsm.Lease, done)
		return
	}
	done(nil)
}

// confirmedAt returns when this replica asked the question that was last answered
// by a lease.
func (l *lease) confirmedAt() time.Duration {
	if l.asked-l.round >= renewals {
		return 0
	}
	return l.sentAt[l.round%renewals]
}
