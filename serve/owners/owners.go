package owners

import (
	"errors"
	"sync"
	"sync/atomic"

	"github.com/parleysystems/parley/systems/txn/divided"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// Rows are an owner's, and the scheme over them.
type Rows struct {
	Store  divided.Store
	Scheme scheme.Scheme
}

// Source returns an owner's next transaction, nil once there is none any more. Spent is one
// that it returned before and that is at its end, to be made the next, or nil. It is called
// by the owner's loop, which has transactions that were aborted begin again, until they
// commit.
type Source func(spent *divided.Transaction) *divided.Transaction

// Owners are those of all rows.
type Owners struct {
	loops []*loop
	left  atomic.Int64 // loops whose own transactions have not all ended
}

// New returns owners, each of which has at most that many transactions of its own under way.
func New(rows []Rows, flight int, d divided.Options) *Owners {
	o := &Owners{}
	for i, r := range rows {
		l := &loop{all: o, flight: flight, wake: make(chan struct{}, 1)}
		l.in, l.out = make([]*ring, len(rows)), make([]*ring, len(rows))
		l.owner = divided.NewOwner(i, len(rows), r.Store, r.Scheme, d, l.send)
		o.loops = append(o.loops, l)
	}
	for i, from := range o.loops {
		for j, to := range o.loops {
			if i != j {
				from.out[j] = newRing(6 * flight)
				to.in[i] = from.out[j]
			}
		}
	}
	return o
}

// Run does the transactions of the sources, one for each owner, and returns when all have
// ended. It is called once. The error is that of transactions that could not be done and
// were not aborted by a scheme.
func (o *Owners) Run(sources []Source) error {
	o.left.Store(int64(len(o.loops)))
	var all sync.WaitGroup
	for i, l := range o.loops {
		l.source = sources[i]
		all.Go(l.run)
	}
	all.Wait()
	var err error
	for _, l := range o.loops {
		err = errors.Join(err, l.err)
	}
	return err
}

// Counts returns how many transactions were committed so far, and aborted.
func (o *Owners) Counts() (commits, aborts int64) {
	for _, l := range o.loops {
		commits += l.commits.Load()
		aborts += l.aborts.Load()
	}
	return commits, aborts
}

// end tells that the transactions of one more loop have ended.
func (o *Owners) end() {
	if o.left.Add(-1) == 0 {
		for _, l := range o.loops {
			l.rouse()
		}
	}
}
