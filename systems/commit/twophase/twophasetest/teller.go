package twophasetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/commit/twophase"
	"github.com/parleysystems/parley/systems/commit/twophase/bank"
)

// teller is a client: it moves money between banks, and sometimes adds up all
// accounts in one transaction, which must always find the same sum.
type teller struct {
	cluster *Cluster
	cfg     twophase.ClientConfig
	rand    *rand.Rand // what it does; not of an incarnation
	banks   []string   // whom it uses; nil for all
	count   int
	pause   time.Duration
	audits  float64 // part of its transactions that add up
	greed   int64   // the largest amount

	begun                      int
	over                       bool
	transfers                  []transfer
	committed, failed, unknown int
	audited                    int
	took                       []time.Duration // of the commits
}

// place is an account.
type place struct{ host, account string }

type transfer struct {
	tx       twophase.TxID
	from, to place
	amount   int64
}

func (l *teller) Start(env node.Env) {
	env.Go(func(t node.Task) {
		c := twophase.NewClient(env, l.cluster.Coordinators, l.cfg)
		for l.begun < l.count {
			l.begun++
			t.Sleep(time.Duration(l.rand.Int64N(int64(max(l.pause, 1)))))
			if l.rand.Float64() < l.audits {
				l.audit(t, c)
			} else {
				l.transfer(t, c)
			}
		}
		l.over = true
	})
}

func (l *teller) Receive(node.Addr, node.Message) {}

func (l *teller) transfer(t node.Task, c *twophase.Client) {
	banks := l.banks
	if banks == nil {
		banks = l.cluster.Banks
	}
	i := l.rand.IntN(len(banks))
	j := (i + 1 + l.rand.IntN(len(banks)-1)) % len(banks)
	x := transfer{
		from:   place{banks[i], fmt.Sprint(l.rand.IntN(l.cluster.accounts))},
		to:     place{banks[j], fmt.Sprint(l.rand.IntN(l.cluster.accounts))},
		amount: 1 + l.rand.Int64N(max(l.greed, 1)),
	}
	began := t.Env().Elapsed()
	tx, err := c.Begin(t)
	if err != nil {
		l.count1(err)
		return
	}
	x.tx = tx.ID()
	_, err = tx.Call(t, participantAddr(x.from.host), bank.Add(x.from.account, -x.amount))
	if err == nil {
		_, err = tx.Call(t, participantAddr(x.to.host), bank.Add(x.to.account, x.amount))
	}
	if err != nil {
		tx.Rollback(t)
		l.cluster.Oracle.tell(x.tx, twophase.Aborted)
		l.count1(err)
		return
	}
	l.transfers = append(l.transfers, x)
	l.finish(t, tx)
	l.took = append(l.took, t.Env().Elapsed()-began)
}

// finish commits, and tells the oracle what it was told.
func (l *teller) finish(t node.Task, tx *twophase.Transaction) bool {
	l.cluster.Oracle.asked(tx.ID(), tx.Branches())
	err := tx.Commit(t)
	switch {
	case err == nil:
		l.cluster.Oracle.tell(tx.ID(), twophase.Committed)
	case twophase.SurelyNot(err):
		l.cluster.Oracle.tell(tx.ID(), twophase.Aborted)
	}
	l.count1(err)
	return err == nil
}

func (l *teller) count1(err error) {
	switch {
	case err == nil:
		l.committed++
	case errors.Is(err, twophase.ErrUnknown):
		l.unknown++
	default:
		l.failed++
	}
}

// audit adds up all accounts.
func (l *teller) audit(t node.Task, c *twophase.Client) {
	tx, err := c.Begin(t)
	if err != nil {
		l.count1(err)
		return
	}
	sum := int64(0)
	for _, h := range l.cluster.Banks {
		for i := range l.cluster.accounts {
			result, err := tx.Call(t, participantAddr(h), bank.Read(fmt.Sprint(i)))
			if err != nil {
				tx.Rollback(t)
				l.count1(err)
				return
			}
			amount, err := bank.Amount(result)
			if err != nil {
				l.cluster.Oracle.object("bank: %v", err)
				return
			}
			sum += amount
		}
	}
	if !l.finish(t, tx) {
		return
	}
	l.audited++
	if want := int64(len(l.cluster.Banks) * l.cluster.accounts * purse); sum != want {
		l.cluster.Oracle.object("money: transaction %v found %d in all accounts, want %d", tx.ID(), sum, want)
	}
}

// newTeller returns a teller that makes some transactions, a pause apart at most.
func newTeller(seed uint64, count int, pause time.Duration) *teller {
	return &teller{
		rand: rand.New(rand.NewPCG(seed, 1)), count: count, pause: pause, greed: 1,
		cfg: twophase.ClientConfig{Timeout: time.Second, RetryAfter: 200 * time.Millisecond},
	}
}
