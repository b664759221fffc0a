package schemetest

import (
	"fmt"
	"strconv"

	"github.com/parleysystems/parley/systems/txn/mvcc/snapshot"
	"github.com/parleysystems/parley/systems/txn/schedule/scheduletest"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// Retrieval asks what an auditor sees.
var Retrieval = scheduletest.Question{
	System: "schedule", Name: "inconsistent-retrieval",
	Text: `What does an auditor see who adds up two accounts while money moves from one to the other? All orders of the four
operations of the transfer and her two are tried, 15 of them. Without control some show a total that is off by the amount,
and none any other. Under two-phase locking, optimistic control, timestamp ordering and snapshots, plain or
serializable, every order shows the right one.`,
	Canon: []string{"schedule.anomaly.inconsistent-retrieval"},
	Ask: func(r *scheduletest.Run) error {
		amount, off := 1+r.IntN(50), 0
		protocols := append(careful(), func(s scheme.Store) scheme.Scheme { return snapshot.New(s) })
		for _, order := range orders(4, 2) {
			total, err := sumBeside(r, func(s scheme.Store) scheme.Scheme { return Uncontrolled{s} }, order, amount)
			if err != nil {
				return err
			}
			switch total {
			case 2 * balance:
			case 2*balance - amount, 2*balance + amount:
				off++
			default:
				return fmt.Errorf("without control the total was %d, of which %d moved", total, amount)
			}
			for _, under := range protocols {
				if total, err := sumBeside(r, under, order, amount); total != 2*balance || err != nil {
					return fmt.Errorf("%s, in order %v: the total was %d in place of %d, error: %w", under(bank(0)).Name(), order, total, 2*balance, err)
				}
			}
		}
		r.Stats["wrong totals without control"] = float64(off)
		if off == 0 {
			return fmt.Errorf("15 interleavings without control all showed the right total")
		}
		return nil
	},
}.Register()

// sumBeside runs a transfer and a sum in an order, and returns the sum.
func sumBeside(r *scheduletest.Run, under func(scheme.Store) scheme.Scheme, order []int, amount int) (total int, err error) {
	store := bank(2)
	sum := func(q *Session) error {
		total = 0
		for i := range 2 {
			n, err := q.Number(account(i))
			if err != nil {
				return err
			}
			total += n
		}
		return nil
	}
	order = append(append([]int{0, 1}, order...), 0, 1)
	_, err = (&Stage{Rand: r.Rand, Scheme: under(store), Order: order}).Play(transfer(0, 1, amount), sum)
	if left := store.All(); left[account(0)] != strconv.Itoa(balance-amount) || left[account(1)] != strconv.Itoa(balance+amount) {
		return 0, fmt.Errorf("a transfer of %d left %v", amount, left)
	}
	r.Say(total)
	return total, err
}
