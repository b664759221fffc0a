package schemetest

import (
	"fmt"
	"strings"

	"github.com/parleysystems/parley/kernel/check/isolation"
	"github.com/parleysystems/parley/systems/txn/divided"
	"github.com/parleysystems/parley/systems/txn/schedule/scheduletest"
)

// Strawman asks whether Lamport clocks order transactions as they happened.
var Strawman = scheduletest.Question{
	System: "mvcc", Name: "lamport-strawman",
	Text: `Do timestamps of Lamport clocks order transactions as they happened? Two owners have a clock each, which
goes on with every transaction and every message, and one is ahead. Somebody writes to a row of that one, is told
that it is done, and then writes to a row of the other. Neither transaction touches both owners, so the second has the
lesser timestamp, and whoever reads both rows by a timestamp between them sees the second without the first: the
history is serializable, and not strictly. Where a transaction at both owners, or a message, comes between the two, the
clocks agree, and the order is right; and under locks, which draw no timestamps, it is right in any case.`,
	Canon: []string{"spanner.motivation.lamport-strawman"},
	Ask: func(r *scheduletest.Run) error {
		ahead, between := 2+r.IntN(20), strawmanDesign{under: ordered}
		met, locked := between, strawmanDesign{under: noWaiting}
		met.meet = true
		if err := between.expect(r, ahead, "[] [2]"); err != nil {
			return fmt.Errorf("groups that do not meet: %w", err)
		}
		if err := met.expect(r, ahead, "[1] [2]"); err != nil {
			return fmt.Errorf("groups that met between: %w", err)
		}
		if err := locked.expect(r, ahead, "[1] [2]"); err != nil {
			return fmt.Errorf("under locks: %w", err)
		}
		return nil
	},
}.Register()

// strawmanDesign is a way to order transactions, and whether the groups exchange a message.
type strawmanDesign struct {
	under underScheme
	meet  bool
}

// expect plays the two writes and the read, and demands what the reader sees. If that is
// not both writes, the first of which was over before the second began, the judge has to
// say that the history is not strictly serializable; and serializable it is always.
func (s strawmanDesign) expect(r *scheduletest.Run, ahead int, want string) error {
	d := &parted{Run: r}
	d.divide(2, false, s.under)
	for range ahead {
		d.once(0, []divided.Access{{Key: rowAt(0)}})
	}
	d.once(0, []divided.Access{{Kind: divided.Append, Key: rowAt(0), Value: []byte("1,")}})
	if s.meet {
		d.once(0, []divided.Access{{Key: rowAt(0)}, {Key: rowAt(1)}})
	}
	d.once(1, []divided.Access{{Kind: divided.Append, Key: rowAt(1), Value: []byte("2,")}})
	d.once(1, []divided.Access{{Key: rowAt(0)}, {Key: rowAt(1)}})
	if d.trouble != nil {
		return d.trouble
	}
	last := d.history[len(d.history)-1]
	if got := fmt.Sprint(last.Accesses[0].List, last.Accesses[1].List); got != want {
		return fmt.Errorf("the reader of both rows saw %s, want %s", got, want)
	}
	r.Say(ahead, want, len(d.history))
	if err := judgeApart(d.history, isolation.Serializable); err != nil {
		return err
	}
	err := judgeApart(d.history, isolation.StrictSerializable)
	if strict := !strings.HasPrefix(want, "[]"); strict != (err == nil) {
		return fmt.Errorf("the history is strictly serializable: want %v, and the judge says %v", strict, err)
	}
	return nil
}

// once does a transaction, from its beginning to its end, before anything else happens.
func (d *parted) once(coordinator int, accesses []divided.Access) {
	c := &apartClient{number: len(d.history), left: 1}
	d.clients = append(d.clients, c)
	d.draw = func() []divided.Access { return accesses }
	d.now += 2
	d.beginAt(coordinator, c)
	for d.now++; len(d.mail) > 0; d.now++ {
		d.deliver()
	}
	if c.left > 0 && d.trouble == nil {
		d.trouble = fmt.Errorf("transaction %d did not commit", c.number)
	}
}
