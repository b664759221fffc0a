package divided_test

import (
	"fmt"
	"testing"

	"github.com/parleysystems/parley/systems/txn/divided"
	"github.com/parleysystems/parley/systems/txn/lock"
	"github.com/parleysystems/parley/systems/txn/memory"
	"github.com/parleysystems/parley/systems/txn/mvcc"
	"github.com/parleysystems/parley/systems/txn/occ"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// What a transaction needed, the next one has: one that is made of a spent one takes next to
// no memory, under every scheme that can be had by several owners.
func TestWhatIsSpentIsUsedAgain(t *testing.T) {
	for name, under := range map[string]func(scheme.Store) scheme.Scheme{
		"2pl-no-wait": func(s scheme.Store) scheme.Scheme { return lock.NewTwoPhase(s, lock.Options{Policy: lock.NoWait}) },
		"occ":         func(s scheme.Store) scheme.Scheme { return occ.New(s, occ.Options{}) },
		"mvto":        func(s scheme.Store) scheme.Scheme { return mvcc.New(s, mvcc.Options{Late: 8}) },
	} {
		t.Run(name, func(t *testing.T) {
			p := newPair(under)
			accesses := make([]divided.Access, 8)
			for i := range accesses {
				accesses[i] = divided.Access{Key: fmt.Append(nil, "row ", i), Value: []byte("value")}
				if i%2 == 0 {
					accesses[i].Kind = divided.Xor
				}
			}
			txn := divided.New(accesses, 2)
			txn.Done = func(err error) {
				if err != nil {
					t.Fatal(err)
				}
			}
			for n := range 100 {
				p.do(n%2, txn)
			}
			allocations := testing.AllocsPerRun(500, func() {
				txn.Renew(accesses)
				p.do(0, txn)
				p.do(1, txn)
			})
			if allocations > 2 {
				t.Errorf("%v allocations for two transactions of two parts each", allocations)
			}
			if done := p.owners[0].Stats().Committed + p.owners[1].Stats().Committed; done != 100+2*501 {
				t.Errorf("%d were committed of %d", done, 100+2*501)
			}
		})
	}
}

// pair is two owners, and the messages between them.
type pair struct {
	owners [2]*divided.Owner
	mail   []letter
}

type letter struct {
	to int
	divided.Message
}

func newPair(under func(scheme.Store) scheme.Scheme) *pair {
	p := &pair{}
	for i := range p.owners {
		store := memory.Volatile()
		send := func(to int, m divided.Message) { p.mail = append(p.mail, letter{to, m}) }
		p.owners[i] = divided.NewOwner(i, len(p.owners), store, under(store), divided.Options{Again: 1}, send)
	}
	return p
}

// do does a transaction from its beginning to its end at both owners.
func (p *pair) do(coordinator int, txn *divided.Transaction) {
	p.owners[coordinator].Begin(txn)
	for i := 0; i < len(p.mail); i++ {
		p.owners[p.mail[i].to].Receive(p.mail[i].Message)
	}
	p.mail = p.mail[:0]
}
