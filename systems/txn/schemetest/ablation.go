package schemetest

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/parleysystems/parley/systems/txn/lock"
	"github.com/parleysystems/parley/systems/txn/memory"
	"github.com/parleysystems/parley/systems/txn/schedule/scheduletest"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// Techniques asks which technique gives which property.
var Techniques = scheduletest.Question{
	System: "schedule", Name: "who-gives-what",
	Text: `Which technique gives which of the four properties? A bank whose transfers note their number in both accounts is
tried in four ways: transfers are given up in the middle, the power fails after an acknowledgement, six transfers run
beside each other, and of each committed one it is looked at whether it took what it gave. With undo, log, locks and
an honest application, all four hold. Without undo half a transfer is left, without the log an acknowledged one is
gone, without locks one that committed has been overwritten, with a wrong application more is given than taken: each time
that one property fails, and the other three hold.`,
	Canon: []string{"schedule.techniques.who-gives-what"},
	Ask: func(r *scheduletest.Run) error {
		for _, row := range []struct {
			without parts
			fails   []string
		}{
			{parts{}, nil},
			{parts{undo: true}, []string{"atomicity"}},
			{parts{log: true}, []string{"durability"}},
			{parts{locks: true}, []string{"isolation"}},
			{parts{application: true}, []string{"consistency"}},
		} {
			failed, err := (&rig{Run: r, without: row.without}).try()
			if err != nil {
				return err
			}
			r.Say(row.without, failed)
			if !slices.Equal(failed, row.fails) {
				return fmt.Errorf("without %+v what failed was %v, and not %v", row.without, failed, row.fails)
			}
		}
		return nil
	},
}.Register()

// parts are what can be left out.
type parts struct{ undo, log, locks, application bool }

// rig is a bank of two accounts, with parts left out.
type rig struct {
	*scheduletest.Run
	without parts
	given   int // beyond what was taken, by transfers that committed
}

// try finds out which properties fail.
func (g *rig) try() (failed []string, err error) {
	for _, property := range []struct {
		name  string
		holds func() (bool, error)
	}{
		{"atomicity", g.atomic}, {"durability", g.durable}, {"isolation", g.isolated},
		{"consistency", func() (bool, error) { return g.given == 0, nil }},
	} {
		holds, err := property.holds()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", property.name, err)
		}
		if !holds {
			failed = append(failed, property.name)
		}
	}
	return failed, nil
}

// under returns the rig's scheme: one lock for all, or none.
func (g *rig) under(store *memory.Store) scheme.Scheme {
	var s scheme.Store = store
	if g.without.undo {
		s = forgetful{store}
	}
	if g.without.locks {
		return Uncontrolled{s}
	}
	return lock.NewTwoPhase(s, lock.Options{Global: true})
}

// forgetful is a store that cannot undo.
type forgetful struct{ *memory.Store }

func (f forgetful) Begin() scheme.Unit { return final{f.Store.Begin()} }

type final struct{ scheme.Unit }

func (f final) Rollback() error { return f.Commit() }

// transfer moves one from x to y, and notes its number in both.
func (g *rig) transfer(number int, gives bool) Program {
	return func(q *Session) error {
		taken, gain := 1, 1
		if g.without.application {
			gain = 2
		}
		if err := enter(q, "x", -taken, number); err != nil {
			return err
		}
		if gives {
			return errGivenUp
		}
		q.Committed = func() { g.given += gain - taken }
		return enter(q, "y", gain, number)
	}
}

// enter adds to an account, which is a sum followed by the numbers of transfers.
func enter(q *Session, name string, amount, number int) error {
	value, err := q.Get(name)
	if err != nil {
		return err
	}
	words := strings.Fields(value)
	sum := 0
	if len(words) > 0 {
		if sum, err = strconv.Atoi(words[0]); err != nil {
			return err
		}
		words = words[1:]
	}
	words = append([]string{strconv.Itoa(sum + amount)}, words...)
	return q.Put(name, strings.Join(append(words, fmt.Sprint("#", number)), " "))
}

// noted returns the numbers in an account.
func noted(store *memory.Store, name string) []string {
	if words := strings.Fields(store.All()[name]); len(words) > 0 {
		return words[1:]
	}
	return nil
}

// atomic gives every other transfer up, one after the other.
func (g *rig) atomic() (bool, error) {
	store := memory.New()
	s := g.under(store)
	for i := range 6 {
		_, err := Interleave(g.Rand, s, 100, g.transfer(i, i%2 == 1))
		if err != nil && !errors.Is(err, errGivenUp) {
			return false, err
		}
	}
	return slices.Equal(noted(store, "x"), noted(store, "y")), nil
}

// durable lets the power fail once some transfers were acknowledged.
func (g *rig) durable() (bool, error) {
	store := memory.New()
	if g.without.log { // acknowledged at once, and never written anywhere
		store = memory.Volatile()
	}
	s, n := g.under(store), 1+g.IntN(5)
	for i := range n {
		if _, err := Interleave(g.Rand, s, 100, g.transfer(i, false)); err != nil {
			return false, err
		}
	}
	after := store.Restart()
	return len(noted(after, "x")) == n && len(noted(after, "y")) == n, nil
}

// isolated runs transfers beside each other, several times: some interleavings do no
// harm.
func (g *rig) isolated() (bool, error) {
	for range 5 {
		store := memory.New()
		programs := make([]Program, 6)
		for i := range programs {
			programs[i] = g.transfer(i, false)
		}
		if _, err := Interleave(g.Rand, g.under(store), 2000, programs...); err != nil {
			return false, err
		}
		if len(noted(store, "x")) < len(programs) || len(noted(store, "y")) < len(programs) {
			return false, nil
		}
	}
	return true, nil
}
