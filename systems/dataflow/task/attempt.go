package task

import (
	"time"

	"github.com/parleysystems/parley/node"
)

// State is what becomes of a task.
type State uint8

// The states of a task.
const (
	Idle State = iota
	Running
	Done
)

func (s State) String() string { return [...]string{"idle", "running", "done"}[s] }

// Attempt is one execution of a task.
type Attempt struct {
	Task   int
	Token  Token
	Worker node.Addr
	// Backup tells that another attempt was running when this one was granted.
	Backup bool
	// Began is when it was granted, or could begin in earnest (Awaited), Until when its
	// lease runs out, by the owner's oscillator.
	Began, Until time.Duration
	// Progress is in thousandths, as its worker says.
	Progress int
}

// left estimates how long the attempt still takes, from how far it has come.
// One that has not begun to show progress may take for ever.
func (a *Attempt) left(now time.Duration) time.Duration {
	if a.Progress <= 0 {
		return 1<<63 - 1
	}
	return (now - a.Began) / time.Duration(a.Progress) * time.Duration(1000-a.Progress)
}

// total estimates how long the attempt takes from its beginning to its end. Without
// progress that is at least as long as it has taken.
func (a *Attempt) total(now time.Duration) time.Duration {
	if a.Progress <= 0 {
		return now - a.Began
	}
	return now - a.Began + a.left(now)
}

// Counters count by name.
type Counters map[string]int64

// Add adds others to c, which must not be nil.
func (c Counters) Add(others Counters) {
	for name, n := range others {
		c[name] += n
	}
}
