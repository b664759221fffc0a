package task

import (
	"time"

	"github.com/parleysystems/parley/node"
)

// Speculation says when a task deserves a backup. The zero value of a field means
// its default.
type Speculation struct {
	// Done is how many thousandths of the tasks must be done, or all but one.
	// Default 750.
	Done int
	// Slower is how many hundredths of the median time of those that won an attempt
	// takes, as far as its progress tells. Default 150.
	Slower int
	// Least is how long an attempt runs before it is called slow, and all that counts
	// while none has won. Default 1 s.
	Least time.Duration
	// Most bounds the backups at one time. Default: a tenth of the tasks, and 1.
	Most int
}

func (s Speculation) withDefaults(tasks int) Speculation {
	if s.Done == 0 {
		s.Done = 750
	}
	if s.Slower == 0 {
		s.Slower = 150
	}
	if s.Least == 0 {
		s.Least = time.Second
	}
	if s.Most == 0 {
		s.Most = 1 + tasks/10
	}
	return s
}

// Straggler returns the task that a free worker should back up, or -1. A worker
// never backs up itself. The time is linear in the running attempts.
func (t *Table) Straggler(s Speculation, worker node.Addr, now time.Duration) int {
	s = s.withDefaults(len(t.tasks))
	open := len(t.tasks) - t.done
	if t.Idle() >= 0 || open > max(1, len(t.tasks)*(1000-s.Done)/1000) {
		return -1
	}
	usual := max(s.Least, t.median()/100*time.Duration(s.Slower))
	var worst *Attempt
	backups := 0
	for _, a := range t.attempts {
		switch {
		case a.Backup:
			backups++
		case a.Worker == worker || now-a.Began < s.Least || a.total(now) < usual || t.tasks[a.Task].attempts > 1:
		case worst == nil || a.left(now) > worst.left(now):
			worst = a
		}
	}
	if worst == nil || backups >= s.Most {
		return -1
	}
	return worst.Task
}

// median is that of the attempts that won, or zero.
func (t *Table) median() time.Duration {
	if len(t.durations) == 0 {
		return 0
	}
	return t.durations[len(t.durations)/2]
}

// Slowest returns the longest time of an attempt that won, and the median.
func (t *Table) Slowest() (longest, median time.Duration) {
	if n := len(t.durations); n > 0 {
		longest = t.durations[n-1]
	}
	return longest, t.median()
}
