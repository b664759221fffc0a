package checktest

import (
	"fmt"
	"math/rand/v2"
	"sort"

	"github.com/parleysystems/parley/kernel/workload"
)

// store draws a history by running an atomic object: every operation takes
// effect at one instant between its call and its return.
type store struct {
	r       *rand.Rand
	h       History
	effects []effect // of all operations that took effect
}

type effect struct {
	id int
	at int64
}

// Atomic draws clients' operations on an atomic store, and returns the history
// and the order in which its changes took effect.
func Atomic(r *rand.Rand, clients, each int) (History, []int) {
	s := &store{r: r}
	for c := range clients {
		s.client(c, each)
	}
	s.renumber()
	return s.execute()
}

func (s *store) client(c, each int) {
	at := s.r.Int64N(20)
	for range each {
		ret := at + 2 + s.r.Int64N(40)
		op := operation(c, at, ret)
		op.In = s.request(len(s.h))
		effective := at + 1 + s.r.Int64N(ret-at-1)
		switch s.r.IntN(12) {
		case 0:
			op.Outcome, op.Return = workload.Unknown, workload.Never
			effective += s.r.Int64N(200)
			if s.r.IntN(2) == 0 {
				effective = -1
			}
		case 1:
			op.Outcome, effective = workload.Failed, -1
		}
		op.ID = len(s.h)
		s.h = append(s.h, op)
		if effective >= 0 {
			s.effects = append(s.effects, effect{op.ID, effective})
		}
		at = ret + 1 + s.r.Int64N(10)
	}
}

func (s *store) request(n int) workload.Request {
	in := workload.Request{Key: fmt.Sprint("k", s.r.IntN(3)), Value: fmt.Sprint(n)}
	in.Verb = []workload.Verb{workload.Read, workload.Read, workload.Write, workload.Write, workload.CAS, workload.Delete}[s.r.IntN(6)]
	if in.Verb == workload.CAS && s.r.IntN(2) == 0 {
		in.Expect = fmt.Sprint(s.r.IntN(n + 1))
	}
	return in
}

// renumber orders the history by call and lets the effects follow.
func (s *store) renumber() {
	sort.SliceStable(s.h, func(i, j int) bool { return s.h[i].Call < s.h[j].Call })
	now := make([]int, len(s.h))
	for i := range s.h {
		now[s.h[i].ID] = i
		s.h[i].ID = i
	}
	for i := range s.effects {
		s.effects[i].id = now[s.effects[i].id]
	}
	sort.SliceStable(s.effects, func(i, j int) bool { return s.effects[i].at < s.effects[j].at })
}

func (s *store) execute() (History, []int) {
	var commits []int
	values, revisions, versions := map[string]string{}, map[string]uint64{}, map[string]uint64{}
	for _, e := range s.effects {
		op := &s.h[e.id]
		key, value := op.In.Key, values[op.In.Key]
		op.Out = workload.Response{}
		if op.In.Verb != workload.Read {
			commits = append(commits, e.id)
		}
		if changes(value, op.In) {
			op.Out.Done = op.In.Verb != workload.Write
			values[key] = op.In.Value
			if op.In.Verb == workload.Delete {
				values[key] = ""
			}
			revisions[key] = uint64(len(commits))
			versions[key]++
		}
		if op.In.Verb == workload.Read {
			op.Out.Value = value
		}
		op.Out.Revision, op.Out.Version = revisions[key], versions[key]
	}
	return s.h, commits
}

// Mutate damages one thing about a history that could matter.
func Mutate(r *rand.Rand, h History) {
	i, j := r.IntN(len(h)), r.IntN(len(h))
	switch r.IntN(5) {
	case 0: // another answer
		h[i].Out.Value, h[j].Out.Value = h[j].Out.Value, h[i].Out.Value
	case 1:
		h[i].Out.Done = !h[i].Out.Done
	case 2: // an answer that came earlier than it could
		h[i].Return = h[i].Call + 1
	case 3: // forgotten: acknowledged, not executed
		if h[i].Outcome == workload.Failed {
			h[i].Outcome = workload.OK
		}
	case 4: // executed though declared failed
		if h[i].Outcome == workload.OK {
			h[i].Outcome = workload.Failed
		}
	}
}

// changes tells whether a request changes a value.
func changes(value string, in workload.Request) bool {
	switch in.Verb {
	case workload.Write:
		return true
	case workload.CAS:
		return value == in.Expect
	case workload.Delete:
		return value != ""
	}
	return false
}
