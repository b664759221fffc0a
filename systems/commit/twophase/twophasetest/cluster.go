package twophasetest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/commit/twophase"
	"github.com/parleysystems/parley/systems/commit/twophase/bank"
)

// Cluster is banks, what coordinates them, and tellers, in a world that runs by
// itself.
type Cluster struct {
	World        *sim.World
	Oracle       *Oracle
	Banks        []string
	Coordinators []node.Addr
	accounts     int
	tellers      []*teller
}

// purse is the first balance of each account.
const purse = 100

// newCluster makes a world with banks that have accounts each. coordinate serves
// the coordinators and returns where they are.
func newCluster(c sim.Config, o *Oracle, banks, accounts int, cfg twophase.Config, coordinate func(*sim.World) []node.Addr) *Cluster {
	c.Observer = o
	k := &Cluster{World: sim.New(c), Oracle: o, Banks: bankNames[:banks], accounts: accounts}
	k.Coordinators = coordinate(k.World)
	for _, h := range k.Banks {
		k.World.Host(h).Serve("participant", func() node.Node {
			balances := map[string]int64{}
			for i := range accounts {
				balances[fmt.Sprint(i)] = purse
			}
			return twophase.NewParticipant(bank.New(balances), cfg)
		})
	}
	return k
}

// alone serves one coordinator that logs on its own host.
func alone(cfg twophase.Config) func(*sim.World) []node.Addr {
	return func(w *sim.World) []node.Addr {
		w.Host(coordinatorHost).Serve("coordinator", func() node.Node { return twophase.NewCoordinator(cfg) })
		return []node.Addr{coordinatorAddr}
	}
}

// tellerAt serves a teller on a host of its own.
func (k *Cluster) tellerAt(t *teller) *teller {
	t.cluster = k
	k.tellers = append(k.tellers, t)
	k.World.Host(fmt.Sprint(clientHost, len(k.tellers))).Serve("client", func() node.Node { return t })
	return t
}

func (k *Cluster) participant(host string) *twophase.Participant {
	p, _ := k.World.Node(participantAddr(host)).(*twophase.Participant)
	return p
}

// quiet returns nil once all tellers are through, and all transactions.
func (k *Cluster) quiet() error {
	if k.Oracle.err != nil {
		return nil // what matters is what it objects to
	}
	for i, t := range k.tellers {
		if !t.over {
			return fmt.Errorf("teller %d has made %d of %d transactions", i, t.begun, t.count)
		}
	}
	for _, h := range k.Banks {
		if p := k.participant(h); p == nil || p.Holding() > 0 {
			return fmt.Errorf("%s holds locks, or is down", h)
		}
	}
	for _, a := range k.Coordinators {
		c, _ := k.World.Node(a).(*twophase.Coordinator)
		if c == nil || len(c.Unfinished()) > 0 {
			return fmt.Errorf("%s has unfinished transactions, or is down", a)
		}
	}
	return nil
}

// total is the sum of all committed balances.
func (k *Cluster) total() (sum int64) {
	for _, h := range k.Banks {
		sum += k.participant(h).Resource().(*bank.Bank).Total()
	}
	return sum
}

// balanced demands, of a cluster at rest, that every account holds what was
// committed, once, and that nothing was lost.
func (k *Cluster) balanced() error {
	if err := k.Oracle.settled(); err != nil {
		return err
	}
	if want := int64(len(k.Banks) * k.accounts * purse); k.total() != want {
		return fmt.Errorf("money: all banks have %d together, want %d", k.total(), want)
	}
	want := map[place]int64{}
	for _, t := range k.tellers {
		for _, x := range t.transfers {
			if k.Oracle.committed(x.tx) {
				want[x.from] -= x.amount
				want[x.to] += x.amount
			}
		}
	}
	for _, h := range k.Banks {
		for i := range k.accounts {
			at := place{h, fmt.Sprint(i)}
			if got := k.participant(h).Resource().(*bank.Bank).Balance(at.account); got != purse+want[at] {
				return fmt.Errorf("money: account %s of %s has %d, and what was committed makes %d", at.account, h, got, purse+want[at])
			}
		}
	}
	return nil
}

// wholeRun is how long a cluster may take to come to rest.
const wholeRun = 3 * time.Minute
