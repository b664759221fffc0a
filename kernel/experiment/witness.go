package experiment

import (
	"iter"

	"github.com/parleysystems/parley/kernel/trace"
)

// witnessLimit is how many events of a run are kept for its witness: its end.
const witnessLimit = 1 << 16

// steps are the kinds of events that a witness counts: those that move a node
// or change the world. Left out are what follows from them (sends, notes,
// losses), what the disk does (a log that catches up), and that a node starts.
var steps = []trace.Kind{
	trace.Receive, trace.Timer, trace.Step, trace.Crash, trace.Halt, trace.Restart, trace.Fault,
}

// Steps narrows a trace to the events that a witness counts.
func Steps(events iter.Seq[trace.Event]) iter.Seq[trace.Event] { return trace.Only(events, steps...) }

// Witness makes a run again and returns its steps up to the event that showed
// the violation, or to the end if that is not known.
func Witness(r Replay) ([]trace.Event, error) {
	found, err := Select(r.Experiment)
	if err != nil {
		return nil, err
	}
	o := r.Options()
	o.Trace = trace.NewRecorder(witnessLimit)
	result := Once(found[0], r.Seed, o)
	var all []trace.Event
	for e := range Steps(o.Trace.Events()) {
		if result.Event != 0 && e.ID > result.Event {
			break
		}
		all = append(all, e)
	}
	return all, nil
}
