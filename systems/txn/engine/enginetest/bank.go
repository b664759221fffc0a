package enginetest

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/txn/engine"
	"github.com/parleysystems/parley/systems/txn/schedule/scheduletest"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// Bank is a node that keeps accounts in an engine, and has tellers who move money
// between them: the engine on the contract that every protocol is written against.
type Bank struct {
	env     node.Env
	db      *engine.Database
	scheme  scheme.Scheme
	options engine.Options
	tellers int
	books   *Books
}

// Books are what the tellers' customers know, beyond any crash.
type Books struct {
	next    int             // number of the next transfer
	asked   map[int]bool    // whose commit may have been called
	acked   map[int]bool    // whose commit was acknowledged
	waited  []time.Duration // for each acknowledgement
	opened  int
	trouble error
	// Whether commits that nobody was told of were found to be there, and not.
	survived, gone bool
}

const (
	accounts = 10
	deposit  = 1000
)

func account(i int) []byte  { return fmt.Appendf(nil, "account %d", i) }
func transfer(i int) []byte { return fmt.Appendf(nil, "transfer %08d", i) }

// Start implements node.Node.
func (b *Bank) Start(env node.Env) {
	b.env = env
	o := b.options
	o.Halt = env.Halt
	engine.Open(env, o, func(d *engine.Database, err error) {
		if err != nil {
			env.Halt(err)
			return
		}
		b.books.opened++
		b.db, b.scheme = d, engine.NewSerial(d)
		b.begin()
	})
}

// begin audits the accounts and then lets the tellers begin.
func (b *Bank) begin() {
	err := b.audit()
	if wait, ok := scheme.Waiting(err); ok {
		wait.Then(b.begin)
		return
	}
	if err != nil {
		b.books.trouble = fmt.Errorf("opened for the %d. time: %w", b.books.opened, err)
		return
	}
	for range b.tellers {
		b.env.Go(b.teller)
	}
}

// Receive implements node.Node: nobody calls.
func (b *Bank) Receive(node.Addr, node.Message) {}

// teller moves money, one transfer after the other.
func (b *Bank) teller(t node.Task) {
	for {
		began := b.env.Elapsed()
		n := b.books.next
		b.books.next++
		if err := b.move(t, n); err != nil {
			b.books.trouble = fmt.Errorf("transfer %d: %w", n, err)
			return
		}
		b.books.acked[n] = true
		b.books.waited = append(b.books.waited, b.env.Elapsed()-began)
	}
}

// move moves one unit of money and notes the transfer, in one transaction.
func (b *Bank) move(t node.Task, n int) error {
	tx := b.scheme.Begin(scheme.Options{})
	from := b.env.Rand().IntN(accounts)
	to := (from + 1 + b.env.Rand().IntN(accounts-1)) % accounts
	for i, account := range [][]byte{account(from), account(to)} {
		var balance uint64
		err := scheme.Retry(t, func() error {
			v, found, err := tx.Get(account)
			if balance = deposit; found {
				balance = binary.BigEndian.Uint64(v)
			}
			return err
		})
		if err != nil {
			return err
		}
		balance += uint64(2*i - 1)
		value := binary.BigEndian.AppendUint64(nil, balance)
		if err := scheme.Retry(t, func() error { return tx.Put(account, value) }); err != nil {
			return err
		}
	}
	if err := scheme.Retry(t, func() error { return tx.Put(transfer(n), []byte{byte(from), byte(to)}) }); err != nil {
		return err
	}
	b.books.asked[n] = true
	return scheme.Retry(t, tx.Commit)
}

// audit compares accounts with transfers, and transfers with the books, while
// nobody moves anything.
func (b *Bank) audit() error {
	state, err := Dump(b.db)
	if err != nil {
		return err
	}
	want := map[string]uint64{}
	for i := range accounts {
		want[string(account(i))] = deposit
	}
	for n := range b.books.next {
		if b.books.asked[n] && !b.books.acked[n] {
			_, there := state[string(transfer(n))]
			b.books.survived, b.books.gone = b.books.survived || there, b.books.gone || !there
		}
		pair, there := state[string(transfer(n))]
		switch {
		case !there && b.books.acked[n]:
			return fmt.Errorf("transfer %d was acknowledged and is gone", n)
		case there && !b.books.asked[n]:
			return fmt.Errorf("transfer %d is there, and its commit was never called", n)
		case there:
			want[string(account(int(pair[0])))]--
			want[string(account(int(pair[1])))]++
		}
	}
	for i := range accounts {
		key := string(account(i))
		got := uint64(deposit)
		if v, ok := state[key]; ok {
			got = binary.BigEndian.Uint64([]byte(v))
		}
		if got != want[key] {
			return fmt.Errorf("%s has %d, and the transfers make it %d", key, got, want[key])
		}
	}
	return nil
}

// open puts a bank on a host of a new world.
func (b *Bank) open(seed uint64, fsync sim.Dist) (*sim.World, *sim.Host) {
	w := sim.New(sim.Config{Seed: seed, Fsync: fsync, Segment: 64 << 10})
	b.books = &Books{asked: map[int]bool{}, acked: map[int]bool{}}
	w.Host("a").Serve("bank", func() node.Node {
		c := *b
		return &c
	})
	return w, w.Host("a")
}

// Node runs an engine as a part of a node, on a simulated host that crashes.
var Node = scheduletest.Question{
	System: "engine", Name: "node",
	Text: `Does the engine run on the contract of all protocols? A bank is a node whose tellers, tasks on its loop, move money
between accounts in an engine whose log is a stream of the host's. The host crashes eight times in less than a second, with
power lost or only the process ended. In the end every acknowledged transfer is there, none whose commit was not called
is, and the accounts are what the transfers make them.`,
	Canon:     []string{"wal.acid.atomicity", "wal.acid.durability", "aries.commit.protocol", "wal.rule.commit-needs-forced-log"},
	Sometimes: []string{"many restarts", "an unanswered commit survived", "an unanswered commit is gone"},
	Enough:    10,
	Ask: func(r *scheduletest.Run) error {
		o := Draw(r.Rand).Options
		o.Checkpoint = 50 + r.IntN(400)
		bank := &Bank{options: o, tellers: 1 + r.IntN(8)}
		w, host := bank.open(r.Uint64(), sim.Uniform(100*time.Microsecond, time.Duration(1+r.IntN(8000))*time.Microsecond))
		defer w.Close()
		for range 8 {
			at := time.Duration(r.IntN(800)) * time.Millisecond
			w.After(at, host.Crash)
			w.After(at+time.Duration(1+r.IntN(100))*time.Millisecond, host.Restart)
		}
		w.Run(800 * time.Millisecond)
		host.Restart() // if it is down
		before := bank.books.opened
		host.Crash()
		host.Restart()
		if !w.RunUntil(func() bool { return bank.books.opened > before }, 10*time.Second) {
			return fmt.Errorf("the bank does not open again: %w", host.Err())
		}
		r.Marks.Sometimes("many restarts", bank.books.opened > 6)
		r.Marks.Sometimes("an unanswered commit survived", bank.books.survived)
		r.Marks.Sometimes("an unanswered commit is gone", bank.books.gone)
		r.Say(w.Hash())
		r.Stats["transfers"] = float64(len(bank.books.acked))
		return bank.books.trouble
	},
}.Register()

// Group compares a force for each commit with one for many.
var Group = scheduletest.Question{
	System: "engine", Name: "group-commit",
	Text: `What does it cost to force the log for every result, and what does a group commit save? A flush takes 5 ms. One
teller alone gets one commit a flush, 200 a second at most. With 32 tellers, whose commits share flushes, it must be ten
times as many at least, while each of them waits for two flushes at most: the one under way and its own.`,
	Canon:  []string{"wal.challenge.fsync-cost"},
	Enough: 3,
	Ask: func(r *scheduletest.Run) error {
		const flush = 5 * time.Millisecond
		rate := func(tellers int) (float64, time.Duration, error) {
			bank := &Bank{options: engine.Options{PageSize: 1024, Memory: 1 << 20}, tellers: tellers}
			w, _ := bank.open(r.Uint64(), sim.Constant(flush))
			defer w.Close()
			w.Run(time.Second)
			worst := time.Duration(0)
			for _, d := range bank.books.waited {
				worst = max(worst, d)
			}
			r.Say(w.Hash())
			return float64(len(bank.books.acked)), worst, bank.books.trouble
		}
		alone, latency, err := rate(1)
		if err != nil {
			return err
		}
		grouped, shared, err := rate(32)
		if err != nil {
			return err
		}
		r.Stats["commits a second, alone"], r.Stats["and 32 together"] = alone, grouped
		r.Stats["worst latency alone, ms"], r.Stats["and together, ms"] = float64(latency.Milliseconds()), float64(shared.Milliseconds())
		switch {
		case alone > 201:
			return fmt.Errorf("%.0f commits a second, each with a flush of %v of its own", alone, flush)
		case grouped < 10*alone:
			return fmt.Errorf("32 together commit %.0f times a second, and one alone %.0f", grouped, alone)
		case shared > 2*flush+flush/5:
			return fmt.Errorf("a commit waited %v for flushes of %v", shared, flush)
		}
		return nil
	},
}.Register()
