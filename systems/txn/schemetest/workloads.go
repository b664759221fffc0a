package schemetest

import (
	"fmt"

	"github.com/parleysystems/parley/systems/txn/memory"
	"github.com/parleysystems/parley/systems/txn/program"
	"github.com/parleysystems/parley/systems/txn/schedule/scheduletest"
	"github.com/parleysystems/parley/systems/txn/scheme"
	"github.com/parleysystems/parley/systems/txn/schemes"
	"github.com/parleysystems/parley/systems/txn/smallbank"
	"github.com/parleysystems/parley/systems/txn/tpcc"
)

// TPCC asks whether the transactions of TPC-C keep what they must.
var TPCC = scheduletest.Question{
	System: "schedule", Name: "tpcc",
	Text: `Do the five transactions of TPC-C keep its four conditions of consistency? Four clients run ten each, in
interleavings that the seed draws, on tables that are small, so that they meet, under every scheme that can be selected;
one order in a hundred is given up. Between transactions and in the end the takings of a warehouse are those of
its districts, order numbers have no gaps, and orders have all their lines. Without control some seed breaks one of
them, or loses a row.`,
	Canon:     []string{"schedule.acid.consistency-is-the-applications"},
	Sometimes: []string{"broken without control"},
	Ask: func(r *scheduletest.Run) error {
		o := tpcc.Options{Warehouses: 1 + r.IntN(2), Districts: 2, Customers: 6, Items: 12}
		all := schemes.All()
		c := all[r.IntN(len(all))]
		if err := tpccUnder(r, o, c.New); err != nil {
			return fmt.Errorf("%s: %w", c.Name, err)
		}
		err := tpccUnder(r, o, func(s scheme.Store) scheme.Scheme { return Uncontrolled{s} })
		r.Marks.Sometimes("broken without control", err != nil)
		return nil
	},
}.Register()

func tpccUnder(r *scheduletest.Run, o tpcc.Options, under func(scheme.Store) scheme.Scheme) error {
	store, seed := memory.New(), r.Uint64()
	if err := tpcc.Load(o, seed, loading(store)); err != nil {
		return err
	}
	var programs []Program
	clients := make([]*tpcc.Client, 4)
	for i := range clients {
		clients[i] = tpcc.NewClient(o, seed, i)
	}
	for i := range 40 {
		programs = append(programs, session(clients[i%4].Next(), nil))
		if i%13 == 12 {
			programs = append(programs, session(tpcc.Check(o), nil))
		}
	}
	programs = append(programs, session(tpcc.Check(o), nil))
	_, err := (&Stage{Rand: r.Rand, Scheme: under(store), Steps: 100_000, Beside: 4}).Play(programs...)
	r.Say(err, len(store.All()))
	return err
}

func loading(store *memory.Store) func(key, value []byte) error {
	return func(key, value []byte) error {
		store.Load(string(key), string(value))
		return nil
	}
}

// session makes a program for everybody into one for a Session; committed may be nil.
func session(p program.Program, committed func()) Program {
	return func(q *Session) error {
		q.Committed, q.Once = committed, false
		err := p.Run(q.tx())
		if err == program.ErrGivenUp {
			q.Once = true
			return &scheme.Abort{Reason: "given up"}
		}
		return err
	}
}

// tx is the Session's transaction as programs see it: others go on before each operation.
func (s *Session) tx() program.Tx {
	return stepwise{program.Over(s.Txn, func(ticket *scheme.Ticket) error {
		if !s.yield(ticket) {
			return errStopped
		}
		return nil
	}), s}
}

type stepwise struct {
	program.Tx
	s *Session
}

func (t stepwise) Get(key []byte) (value []byte, found bool, err error) {
	if !t.s.yield(nil) {
		return nil, false, errStopped
	}
	return t.Tx.Get(key)
}

func (t stepwise) Put(key, value []byte) error {
	if !t.s.yield(nil) {
		return errStopped
	}
	return t.Tx.Put(key, value)
}

// SmallBank asks whether a bank's accounts add up.
var SmallBank = scheduletest.Question{
	System: "schedule", Name: "smallbank",
	Text: `Do the accounts of SmallBank add up? Five clients run twelve of its transactions each, in interleavings that the
seed draws, on the accounts of four customers, under every scheme that can be selected. In the end all accounts hold
what they did in the beginning, and what those who committed put in, less what they took. Without control some seed
loses or makes money.`,
	Canon:     []string{"schedule.acid.consistency-is-the-applications", "snapshotisolation.commit.first-committer-wins"},
	Sometimes: []string{"money was lost or made without control"},
	Ask: func(r *scheduletest.Run) error {
		for _, c := range schemes.All() {
			if err := smallbankUnder(r, c.New); err != nil {
				return fmt.Errorf("%s: %w", c.Name, err)
			}
		}
		err := smallbankUnder(r, func(s scheme.Store) scheme.Scheme { return Uncontrolled{s} })
		r.Marks.Sometimes("money was lost or made without control", err != nil)
		return nil
	},
}.Register()

func smallbankUnder(r *scheduletest.Run, under func(scheme.Store) scheme.Scheme) error {
	o, store, seed := smallbank.Options{Customers: 4}, memory.New(), r.Uint64()
	if err := smallbank.Load(o, loading(store)); err != nil {
		return err
	}
	changes := int64(0)
	var programs []Program
	for i := range 5 {
		client := smallbank.NewClient(o, seed, i)
		for range 12 {
			t := client.Next()
			programs = append(programs, session(t.Program, func() { changes += t.Change }))
		}
	}
	s := under(store)
	if _, err := (&Stage{Rand: r.Rand, Scheme: s, Steps: 50_000, Beside: 5}).Play(programs...); err != nil {
		return err
	}
	r.Say(changes, store.All())
	_, err := Interleave(r.Rand, s, 1000, session(smallbank.Check(o, changes), nil))
	return err
}
