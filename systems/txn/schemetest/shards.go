package schemetest

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/parleysystems/parley/kernel/workload"
	"github.com/parleysystems/parley/systems/txn/divided"
	"github.com/parleysystems/parley/systems/txn/mvcc"
	"github.com/parleysystems/parley/systems/txn/schedule/scheduletest"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// OneTimestamp asks what the timestamp is for that a transaction has at all shards.
var OneTimestamp = scheduletest.Question{
	System: "mvcc", Name: "shards",
	Text: `Why does a transaction that spans shards need one timestamp, agreed upon for all of them? Transfers write to
a row of each of two owners, audits read both, and messages overtake each other as the seed draws. Where a transaction's
timestamp is one for all owners, an audit sees both halves of a transfer or none. Where each owner draws its own when it
hears of the transaction, an audit sees half a transfer for some seed, though each owner's own order is right, and
transactions that are younger at one and older at the other may wait for each other for ever.`,
	Canon: []string{"spanner.motivation.timestamps-across-shards"},
	Sometimes: []string{
		"an audit saw a transfer", "half a transfer seen where each owner draws a timestamp",
		"a circle of waiting where each owner draws a timestamp",
	},
	Ask: func(r *scheduletest.Run) error {
		for range 8 {
			if err := transfers(r, ordered); err != nil {
				return err
			}
		}
		for range 8 {
			err := transfers(r, func(s scheme.Store, r *scheduletest.Run) scheme.Scheme { return drawing{ordered(s, r)} })
			half, stuck := errors.Is(err, errHalf), errors.Is(err, errStuck)
			if err != nil && !half && !stuck {
				return err
			}
			r.Marks.Sometimes("half a transfer seen where each owner draws a timestamp", half)
			r.Marks.Sometimes("a circle of waiting where each owner draws a timestamp", stuck)
		}
		return nil
	},
}.Register()

func ordered(s scheme.Store, _ *scheduletest.Run) scheme.Scheme {
	return mvcc.New(s, mvcc.Options{Late: 1000})
}

// drawing is a scheme that draws the timestamps of all its transactions.
type drawing struct{ scheme.Scheme }

func (d drawing) Begin(o scheme.Options) scheme.Txn {
	o.Timestamp = 0
	return d.Scheme.Begin(o)
}

var errHalf = errors.New("half a transfer was seen")

// transfers plays clients that write to both owners or read from both, and returns an error
// that is errHalf if a reader saw less at one than at the other.
func transfers(r *scheduletest.Run, under underScheme) error {
	d := &parted{Run: r}
	d.draw = d.transferOrAudit
	d.divide(2, false, under)
	d.invite()
	if err := d.play(); err != nil {
		return err
	}
	r.Say(d.now, len(d.history))
	for _, t := range d.history {
		if t.Outcome != workload.OK || len(t.Accesses) != 2 { // no audit that came to its end
			continue
		}
		from, to := t.Accesses[0].List, t.Accesses[1].List
		r.Marks.Sometimes("an audit saw a transfer", len(from) > 0)
		if !sameTransfers(from, to) {
			return fmt.Errorf("%w: an audit saw transfers %v of one row and %v of the other", errHalf, from, to)
		}
	}
	return nil
}

// sameTransfers tells whether two rows have the same transfers, in whatever order. What
// the second has of one is the number after what the first has.
func sameTransfers(from, to []string) bool {
	halves := map[string]bool{}
	for _, half := range to {
		halves[half] = true
	}
	return len(from) == len(to) && !slices.ContainsFunc(from, func(half string) bool {
		n, err := strconv.Atoi(half)
		return err != nil || !halves[strconv.Itoa(n+1)]
	})
}

// transferOrAudit draws a transfer, which both rows note, or a read of both.
func (d *parted) transferOrAudit() []divided.Access {
	both := []divided.Access{{Key: rowAt(0)}, {Key: rowAt(1)}}
	if d.IntN(2) == 0 {
		for i := range both {
			d.values++
			both[i].Kind, both[i].Value = divided.Append, fmt.Append(nil, d.values, ",")
		}
	}
	return both
}

// rowAt returns the key of a row that one of two owners has.
func rowAt(owner int) []byte {
	for k := 0; ; k++ {
		if key := []byte(name(k)); divided.Of(key, 2) == owner {
			return key
		}
	}
}
