package schemetest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/check/isolation"
	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/workload"
	"github.com/parleysystems/parley/systems/txn/divided"
	"github.com/parleysystems/parley/systems/txn/lock"
	"github.com/parleysystems/parley/systems/txn/memory"
	"github.com/parleysystems/parley/systems/txn/mvcc"
	"github.com/parleysystems/parley/systems/txn/occ"
	"github.com/parleysystems/parley/systems/txn/schedule/scheduletest"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

const dividedText = `Is the whole serializable if rows are divided among owners, each of which has %s for its own, and
transactions commit across them in two phases? Two to four clients run transactions of up to five accesses to a few lists
at two or three owners, whose messages overtake each other as the seed draws; changes may stall, and commits become
durable later. What those saw who committed is judged to be %v, all owners' rows together, and what the owners hold in the
end is what the last of them left. All come to an end. Who commits at the vote, before the others have voted, breaks
that for some seed.`

// LockedApart, OptimisticApart and OrderedApart ask whether owners agree about the order.
var (
	LockedApart = apart("locking", "locks", []string{"locking.two-phase.rule", "locking.two-phase.deadlock"}, isolation.StrictSerializable,
		noWaiting, "no-wait")
	OptimisticApart = apart("occ", "optimistic control", []string{"occ.validate.three-conditions"}, isolation.StrictSerializable,
		func(s scheme.Store, _ *scheduletest.Run) scheme.Scheme { return occ.New(s, occ.Options{}) }, "validation")
	OrderedApart = apart("mvcc", "timestamp ordering", []string{"mvcc.read.rule", "mvcc.write.rule", "mvcc.timestamps.read-and-write-ts"}, isolation.Serializable,
		func(s scheme.Store, r *scheduletest.Run) scheme.Scheme {
			return mvcc.New(s, mvcc.Options{Late: mvcc.Timestamp(r.IntN(40))})
		}, "write too late", "too old to begin")
)

func apart(system, about string, canon []string, level isolation.Level, under underScheme, reasons ...string) *experiment.Experiment {
	sometimes := []string{"broken if parts commit at the vote", "a part waited"}
	if level == isolation.StrictSerializable {
		sometimes = append(sometimes, "a part was tried again", "who waited was wounded")
	}
	for _, reason := range reasons {
		sometimes = append(sometimes, "aborted: "+reason)
	}
	return scheduletest.Question{
		System: system, Name: "divided", Text: fmt.Sprintf(dividedText, about, level),
		Canon:     append(canon, "twophase.protocol.unanimity", "twophase.protocol.phases"),
		Sometimes: sometimes,
		Ask: func(r *scheduletest.Run) error {
			for range 8 {
				if err := playApart(r, level, under); err != nil {
					return err
				}
			}
			hasty := func(s scheme.Store, r *scheduletest.Run) scheme.Scheme { return hasty{under(s, r)} }
			for range 8 {
				err := playApart(r, level, hasty)
				r.Marks.Sometimes("broken if parts commit at the vote", err != nil && !errors.Is(err, errUndecided))
			}
			return nil
		},
	}.Register()
}

// hasty is a scheme whose transactions commit at the vote: what they locked, read or wrote
// is open to others from then on.
type hasty struct{ scheme.Scheme }

func (h hasty) Begin(o scheme.Options) scheme.Txn { return &hastyTxn{Txn: h.Scheme.Begin(o)} }

type hastyTxn struct {
	scheme.Txn
	voted bool
}

// Prepare implements scheme.Voter.
func (t *hastyTxn) Prepare() error {
	err := t.Txn.Commit()
	t.voted = err == nil
	return err
}

func (t *hastyTxn) Commit() error {
	if t.voted {
		return nil
	}
	return t.Txn.Commit()
}

// underScheme makes an owner's scheme.
type underScheme func(scheme.Store, *scheduletest.Run) scheme.Scheme

func noWaiting(s scheme.Store, _ *scheduletest.Run) scheme.Scheme {
	return lock.NewTwoPhase(s, lock.Options{Policy: lock.NoWait})
}

// parted is a database that is divided, and its clients.
type parted struct {
	*scheduletest.Run
	options divided.Options
	owners  []*divided.Owner
	stores  []*memory.Store
	flush   []func() bool
	mail    []letter // under way
	clients []*apartClient
	history isolation.History
	now     time.Duration // steps
	values  int           // that were appended
	keys    int
	draw    func() []divided.Access // what a transaction does
	trouble error
}

// letter is a message, and where it goes.
type letter struct {
	to int
	divided.Message
}

func playApart(r *scheduletest.Run, level isolation.Level, under underScheme) error {
	d := &parted{Run: r, keys: 2 + r.IntN(5)}
	d.draw = d.accesses
	slowly, owners := r.IntN(3) == 0, 2+r.IntN(2)
	d.options.Again = r.IntN(3)
	d.divide(owners, slowly, under)
	d.invite()
	if err := d.play(); err != nil {
		return err
	}
	d.final()
	r.Say(d.now, len(d.history))
	return judgeApart(d.history, level)
}

// divide makes the owners.
func (d *parted) divide(owners int, slowly bool, under underScheme) {
	for i := range owners {
		store := memory.New()
		flush := func() bool { return false }
		if slowly {
			flush = d.slowly(store)
		}
		send := func(to int, m divided.Message) { d.mail = append(d.mail, letter{to, m}) }
		d.owners = append(d.owners, divided.NewOwner(i, owners, store, under(store, d.Run), d.options, send))
		d.stores, d.flush = append(d.stores, store), append(d.flush, flush)
	}
}

// invite makes the clients.
func (d *parted) invite() {
	for i := range 2 + d.IntN(3) {
		d.clients = append(d.clients, &apartClient{number: i, left: 3 + d.IntN(6)})
	}
}

// judgeApart judges the history. The final state takes part in it as a last reader.
func judgeApart(h isolation.History, level isolation.Level) error {
	switch j := isolation.Judge(h, level, isolation.Options{}); j.Verdict {
	case check.Violation:
		return fmt.Errorf("not %v: %s", level, j.Why)
	case check.Unknown:
		return fmt.Errorf("%w: %s", errUndecided, j.Why)
	}
	return nil
}

// slowly lets changes of a store stall, and commits become durable later.
func (d *parted) slowly(store *memory.Store) (flush func() bool) {
	durable := slow(store)
	var stalled []*scheme.Ticket
	store.Stall = func() *scheme.Ticket {
		if d.IntN(4) > 0 {
			return nil
		}
		stalled = append(stalled, new(scheme.Ticket))
		return stalled[len(stalled)-1]
	}
	return func() bool {
		if len(stalled) == 0 {
			return durable()
		}
		ticket := stalled[0]
		stalled = stalled[1:]
		ticket.Fire()
		return true
	}
}

// play lets one thing happen after the other, until all clients have come to their ends and
// nothing is under way.
func (d *parted) play() (err error) {
	defer func() {
		if broken := recover(); broken != nil {
			err = fmt.Errorf("an owner stopped: %v", broken)
		}
	}()
	const steps = 20_000
	for d.trouble == nil {
		if d.now++; d.now > steps {
			return errors.New("transactions do not come to an end")
		}
		idle := slices.DeleteFunc(slices.Clone(d.clients), func(c *apartClient) bool { return c.busy || c.left == 0 })
		switch {
		case d.flushed():
		case len(d.mail) > 0 && (len(idle) == 0 || d.IntN(3) > 0):
			d.deliver()
		case len(idle) > 0:
			d.begin(idle[d.IntN(len(idle))])
		case !d.flushAny():
			return d.over()
		}
	}
	return d.trouble
}

// flushed lets, now and then, something happen that a store is slow to do.
func (d *parted) flushed() bool { return d.IntN(3) == 0 && d.flushAny() }

func (d *parted) flushAny() bool {
	first := d.IntN(len(d.owners))
	for i := range d.owners {
		at := (first + i) % len(d.owners)
		if d.flush[at]() {
			d.owners[at].Resume()
			return true
		}
	}
	return false
}

var errStuck = errors.New("it waits, and nothing is under way")

// over returns an error if somebody has not come to an end.
func (d *parted) over() error {
	for _, o := range d.owners {
		d.Marks.Sometimes("a part waited", o.Stats().Waited > 0)
		d.Marks.Sometimes("a part was tried again", o.Stats().Again > 0)
		d.Marks.Sometimes("who waited was wounded", o.Stats().Wounded > 0)
	}
	if i := slices.IndexFunc(d.clients, func(c *apartClient) bool { return c.busy }); i >= 0 {
		return fmt.Errorf("client %d: %w", i, errStuck)
	}
	return nil
}

// deliver brings a message that the seed draws.
func (d *parted) deliver() {
	at := d.IntN(len(d.mail))
	m := d.mail[at]
	d.mail = slices.Delete(d.mail, at, at+1)
	d.owners[m.to].Receive(m.Message)
}

// final records what the owners hold as what somebody reads in the end.
func (d *parted) final() {
	t := isolation.Txn{Process: len(d.clients), Call: d.now + 1, Return: d.now + 2, Outcome: workload.OK}
	for k := range d.keys {
		held := d.stores[divided.Of([]byte(name(k)), len(d.owners))].All()[name(k)]
		t.Accesses = append(t.Accesses, isolation.Access{Verb: workload.Read, Key: name(k), List: elements([]byte(held))})
	}
	d.history = append(d.history, t)
}
