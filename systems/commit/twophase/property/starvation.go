package property

// Starves looks for a way in which a process waits for ever although everybody who
// is inside leaves: a cycle of states in which it keeps waiting and others go on
// entering. It returns the processes that step, from the initial state to the cycle
// and once round it, or nil: then there is none within so many states. A lock in
// which the process can only be passed over while it does not look is unfair in
// this sense too: looking changes nothing while the lock is taken.
func Starves(l Lock, process int, states int) (lead, cycle []int) {
	type found struct {
		lock Lock
		path []int
	}
	queue, seen := []found{{l, nil}}, map[string]bool{l.String(): true}
	for len(queue) > 0 && len(seen) <= states {
		at := queue[0]
		queue = queue[1:]
		if at.lock.Phase(process) == Waiting {
			if cycle = roundTrip(at.lock, process, states); cycle != nil {
				return at.path, cycle
			}
		}
		for p := range at.lock.Processes() {
			next := at.lock.Clone()
			if !next.Step(p) || seen[next.String()] {
				continue
			}
			seen[next.String()] = true
			queue = append(queue, found{next, append(append([]int(nil), at.path...), p)})
		}
	}
	return nil, nil
}

// roundTrip returns the shortest way back to a state during which the process keeps
// waiting, and on which somebody else enters.
func roundTrip(l Lock, process, states int) []int {
	type found struct {
		lock    Lock
		path    []int
		entered bool
	}
	home := l.String()
	queue, seen := []found{{l, nil, false}}, map[string]bool{}
	for len(queue) > 0 && len(seen) <= states {
		at := queue[0]
		queue = queue[1:]
		for p := range at.lock.Processes() {
			next := at.lock.Clone()
			before := inside(next)
			if !next.Step(p) || next.Phase(process) != Waiting {
				continue
			}
			entered := at.entered || inside(next) >= 0 && inside(next) != before
			path := append(append([]int(nil), at.path...), p)
			key := next.String()
			if key == home && entered {
				return path
			}
			if entered {
				key += " entered"
			}
			if !seen[key] {
				seen[key] = true
				queue = append(queue, found{next, path, entered})
			}
		}
	}
	return nil
}

// inside returns a process that is inside, or -1.
func inside(l Lock) int {
	for p := range l.Processes() {
		if l.Phase(p) == Inside {
			return p
		}
	}
	return -1
}
