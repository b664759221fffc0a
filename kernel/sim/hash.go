package sim

// kind is what a hashed event is; values are part of the hash.
type kind uint8

const (
	started kind = iota + 1
	received
	answered
	fired
	completed
	synced
	stepped
	fell
	disturbed
)

var kindNames = [...]string{
	started: "start", received: "receive", answered: "answer", fired: "timer",
	completed: "completion", synced: "fsync", stepped: "do", fell: "stop", disturbed: "fault",
}

// runHash condenses a run, event by event.
type runHash struct {
	sum    uint64
	events uint64
}

func (r *runHash) add(at int64, place int32, k kind, peer int32, sum uint64) {
	what := uint64(place)<<36 ^ uint64(uint32(peer))<<8 ^ uint64(k)
	r.sum = mix(r.sum^uint64(at), what^sum) + r.sum
	r.events++
}

// Events returns how many events have run.
func (w *World) Events() uint64 { return w.hash.events }

// Hash condenses all events so far: time, node, kind and the other party; with
// Config.Digest also what messages say.
func (w *World) Hash() uint64 { return w.hash.sum }
