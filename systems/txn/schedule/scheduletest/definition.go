package scheduletest

import (
	"github.com/parleysystems/parley/systems/txn/schedule"
)

// collide is the definition of a conflict, written down once more.
func collide(a, b schedule.Op) bool {
	reads := a.Kind == schedule.Read && b.Kind == schedule.Read
	return a.Accesses() && b.Accesses() && a.Txn != b.Txn && a.Item == b.Item && !reads
}

// bySwaps tells whether neighbours of different transactions that do not
// conflict can change places until the schedule is serial.
func bySwaps(s schedule.Schedule) bool {
	seen := map[string]bool{s.String(): true}
	queue := []schedule.Schedule{s}
	for len(queue) > 0 {
		s, queue = queue[0], queue[1:]
		if s.IsSerial() {
			return true
		}
		for i := 1; i < len(s); i++ {
			if s[i-1].Txn == s[i].Txn || collide(s[i-1], s[i]) {
				continue
			}
			t := append(schedule.Schedule(nil), s...)
			t[i-1], t[i] = t[i], t[i-1]
			if text := t.String(); !seen[text] {
				seen[text] = true
				queue = append(queue, t)
			}
		}
	}
	return false
}

// byOrders tells whether some serial order of the transactions has all
// conflicting operations in the order of s.
func byOrders(s schedule.Schedule) bool {
	return permutations(s.Txns(), func(order []schedule.Txn) bool { return agrees(s, order) })
}

func agrees(s schedule.Schedule, order []schedule.Txn) bool {
	at := map[schedule.Txn]int{}
	for i, t := range order {
		at[t] = i
	}
	for i, a := range s {
		for _, b := range s[i+1:] {
			if collide(a, b) && at[a.Txn] > at[b.Txn] {
				return false
			}
		}
	}
	return true
}
