package property

import "fmt"

// Phase is where a process is.
type Phase uint8

// The phases. Announced and Tested lie between two atomic steps.
const (
	Idle Phase = iota
	Announced
	Waiting
	Tested
	Inside
)

func (p Phase) String() string {
	return [...]string{"idle", "announced", "waiting", "tested", "inside"}[p]
}

// Lock is a mutual exclusion algorithm for processes 0, 1 and so on, with its
// processes.
type Lock interface {
	// Step lets a process take its next atomic step, and tells whether anything
	// changed: a process that waits may look in vain.
	Step(process int) bool
	Phase(process int) Phase
	Processes() int
	Clone() Lock
	// String is the whole state: equal states read the same.
	String() string
}

// Spin is a flag that is tested and set in one step. Who waits looks again.
type Spin struct {
	taken bool
	phase []Phase
}

// NewSpin returns a spin lock for n processes.
func NewSpin(n int) *Spin { return &Spin{phase: make([]Phase, n)} }

// Step implements Lock.
func (s *Spin) Step(p int) bool {
	switch s.phase[p] {
	case Idle:
		s.phase[p] = Waiting
	case Waiting:
		if s.taken {
			return false
		}
		//parley:rule twophase.property.mutual-exclusion value=Tested
		next := Inside // the flag is set in the step that tested it
		s.taken, s.phase[p] = next == Inside, next
	case Tested:
		s.taken, s.phase[p] = true, Inside
	case Inside:
		s.taken, s.phase[p] = false, Idle
	}
	return true
}

// Phase implements Lock.
func (s *Spin) Phase(p int) Phase { return s.phase[p] }

// Processes implements Lock.
func (s *Spin) Processes() int { return len(s.phase) }

// Clone implements Lock.
func (s *Spin) Clone() Lock { return &Spin{s.taken, append([]Phase(nil), s.phase...)} }

func (s *Spin) String() string { return fmt.Sprint(s.taken, s.phase) }

// Turns is Peterson's algorithm for two processes. A process counts as waiting once
// it has given the turn away.
type Turns struct {
	turn  int
	flag  [2]bool
	phase [2]Phase
}

// Step implements Lock.
func (t *Turns) Step(p int) bool {
	other := 1 - p
	switch t.phase[p] {
	case Idle:
		t.flag[p], t.phase[p] = true, Announced
	case Announced:
		//parley:rule twophase.property.bounded-overtaking drop
		t.turn = other // after you
		t.phase[p] = Waiting
	case Waiting:
		if t.flag[other] && t.turn == other {
			return false
		}
		t.phase[p] = Inside
	case Inside:
		t.flag[p], t.phase[p] = false, Idle
	}
	return true
}

// Phase implements Lock.
func (t *Turns) Phase(p int) Phase { return t.phase[p] }

// Processes implements Lock.
func (t *Turns) Processes() int { return 2 }

// Clone implements Lock.
func (t *Turns) Clone() Lock { c := *t; return &c }

func (t *Turns) String() string { return fmt.Sprint(t.turn, t.flag, t.phase) }

// Queue is a lock service: it grants requests one by one, in the order in which
// they came.
type Queue struct {
	waiting []int
	phase   []Phase
}

// NewQueue returns a lock service for n processes.
func NewQueue(n int) *Queue { return &Queue{phase: make([]Phase, n)} }

// Step implements Lock.
func (q *Queue) Step(p int) bool {
	switch q.phase[p] {
	case Idle:
		q.phase[p] = Waiting
		q.waiting = append(q.waiting, p)
		q.grant()
	case Waiting:
		return false // the service will say so
	case Inside:
		q.phase[p] = Idle
		q.grant()
	}
	return true
}

// grant lets somebody in, if nobody is.
func (q *Queue) grant() {
	for _, p := range q.phase {
		if p == Inside {
			return
		}
	}
	if len(q.waiting) == 0 {
		return
	}
	//parley:rule twophase.property.starvation-freedom value=len(q.waiting)-1
	next := 0 // the one that has waited longest
	q.phase[q.waiting[next]] = Inside
	q.waiting = append(q.waiting[:next:next], q.waiting[next+1:]...)
}

// Phase implements Lock.
func (q *Queue) Phase(p int) Phase { return q.phase[p] }

// Processes implements Lock.
func (q *Queue) Processes() int { return len(q.phase) }

// Clone implements Lock.
func (q *Queue) Clone() Lock {
	return &Queue{append([]int(nil), q.waiting...), append([]Phase(nil), q.phase...)}
}

func (q *Queue) String() string { return fmt.Sprint(q.waiting, q.phase) }
