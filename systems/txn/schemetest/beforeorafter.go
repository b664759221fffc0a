package schemetest

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/parleysystems/parley/systems/txn/memory"
	"github.com/parleysystems/parley/systems/txn/schedule/scheduletest"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// BeforeOrAfter asks whether isolation is what it is called.
var BeforeOrAfter = scheduletest.Question{
	System: "schedule", Name: "before-or-after",
	Text: `Does every interleaving give an outcome of one transaction before or after the other? Each of two transactions
reads an item, writes it, and accesses a second one; which, and how, is drawn. All 20 orders of their six
operations are tried under two-phase locking, optimistic control, timestamp ordering and serializable snapshot
isolation, as far as these let anybody choose the order. What the two read and what is left is what one of the
two serial orders gives. Without any control, two that add to the same item lose an update in 12 of the 20.`,
	Canon: []string{"schedule.isolation.before-or-after"},
	Ask: func(r *scheduletest.Run) error {
		lost := 0
		for _, order := range orders(3, 3) {
			add := pair{r.IntN(100), [2]int{0, 0}, [2]int{1, 1}, [2]bool{}}
			odd, err := add.play(r, func(s scheme.Store) scheme.Scheme { return Uncontrolled{s} }, order)
			if err != nil {
				return err
			}
			if odd {
				lost++
			}
			drawn := pair{r.IntN(100), [2]int{r.IntN(2), r.IntN(2)}, [2]int{r.IntN(2), r.IntN(2)}, [2]bool{r.IntN(2) == 0, r.IntN(2) == 0}}
			for _, under := range careful() {
				if odd, err := drawn.play(r, under, order); odd || err != nil {
					return fmt.Errorf("%s, %+v in order %v: outcome of no serial order: %v, error: %w", under(memory.New()).Name(), drawn, order, odd, err)
				}
			}
		}
		r.Stats["lost without control"] = float64(lost)
		if lost != 12 {
			return fmt.Errorf("without control %d of 20 interleavings lost an update", lost)
		}
		return nil
	},
}.Register()

// orders returns all orders of so many operations of two transactions.
func orders(a, b int) [][]int {
	if a == 0 && b == 0 {
		return [][]int{nil}
	}
	var all [][]int
	if a > 0 {
		for _, rest := range orders(a-1, b) {
			all = append(all, append([]int{0}, rest...))
		}
	}
	if b > 0 {
		for _, rest := range orders(a, b-1) {
			all = append(all, append([]int{1}, rest...))
		}
	}
	return all
}

// pair is two transactions: each adds to its main item, and then reads its other one,
// or writes it.
type pair struct {
	initial      int
	main, second [2]int
	blind        [2]bool // whether the second access is a write
}

var twoItems = [2]string{"x", "y"}

// outcome is what two transactions have read, and left.
type outcome struct {
	reads [2][2]string
	left  [2]string
}

// play runs the two in an order, and tells whether the outcome is of neither serial one.
func (p pair) play(r *scheduletest.Run, under func(scheme.Store) scheme.Scheme, order []int) (odd bool, err error) {
	// A session stops before its first operation, between two, and before its commit.
	got, err := p.run(r, under, append(append([]int{0, 1}, order...), 0, 1))
	if err != nil {
		return false, err
	}
	first, err := p.run(r, under, []int{0, 0, 0, 0, 0})
	if err != nil {
		return false, err
	}
	second, err := p.run(r, under, []int{1, 1, 1, 1, 1})
	r.Say(got, first, second)
	return got != first && got != second, err
}

func (p pair) run(r *scheduletest.Run, under func(scheme.Store) scheme.Scheme, order []int) (got outcome, err error) {
	store := memory.New()
	for _, item := range twoItems {
		store.Load(item, strconv.Itoa(p.initial))
	}
	programs := make([]Program, 2)
	for i := range programs {
		programs[i] = func(q *Session) error { return p.program(q, i, &got.reads[i]) }
	}
	sessions, err := (&Stage{Rand: r.Rand, Scheme: under(store), Order: order}).Play(programs...)
	if err == nil && len(sessions) != 2 {
		err = errors.New("a transaction is missing")
	}
	left := store.All()
	got.left = [2]string{left["x"], left["y"]}
	return got, err
}

func (p pair) program(q *Session, i int, reads *[2]string) error {
	*reads = [2]string{}
	n, err := q.Number(twoItems[p.main[i]])
	if err != nil {
		return err
	}
	reads[0] = strconv.Itoa(n)
	if err := q.Put(twoItems[p.main[i]], strconv.Itoa(n+1+i)); err != nil {
		return err
	}
	if p.blind[i] {
		return q.Put(twoItems[p.second[i]], strconv.Itoa(1000+i))
	}
	n, err = q.Number(twoItems[p.second[i]])
	reads[1] = strconv.Itoa(n)
	return err
}
