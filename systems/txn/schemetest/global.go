package schemetest

import (
	"errors"
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/order/ordertest"
	"github.com/parleysystems/parley/systems/txn/lock"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// GlobalLock asks what one lock for the whole database costs.
var GlobalLock = experiment.Register(&experiment.Experiment{
	System: "locking", Name: "global-lock", Hosts: "1",
	Question: `What does one lock for the whole database cost? One client and then six change keys of their own,
three a transaction, and take a millisecond to think between two. With one lock, transactions run one after the other,
and six clients get no more done than one, but for what one misses while she waits for the disk: at most half as much
again. With a lock for each key they run beside each other, and get more than four times as much done.`,
	Canon:     []string{"locking.global.serial-but-slow"},
	Sometimes: []string{"ran beside each other"},
	Enough:    3,
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		return ordertest.Do(seed, o, ordertest.Setup{Body: globalLock})
	},
})

// globalLock measures both, in one world: a host for each measurement.
func globalLock(r *ordertest.Run) error {
	rate := map[string]float64{}
	for _, m := range []struct {
		name    string // of the host
		global  bool
		clients int
	}{{"one", true, 1}, {"six", true, 6}, {"keys", false, 6}} {
		c := &counting{}
		t := &Trial{
			Run: r, Name: m.name, InMemory: true, Clients: m.clients, Client: c.client,
			Scheme: func(s scheme.Store) scheme.Scheme { return lock.NewTwoPhase(s, lock.Options{Global: m.global}) },
		}
		if err := t.Play(time.Minute); err != nil {
			return err
		}
		if err := t.Trouble(); err != nil {
			return err
		}
		if m.global && c.overlapped {
			return errors.New("with one lock, two transactions ran beside each other")
		}
		r.Marks.Sometimes("ran beside each other", c.overlapped)
		rate[m.name] = float64(m.clients*transactions) / t.took.Seconds()
		r.Stats[m.name+": transactions a second"] = rate[m.name]
	}
	one, six, keys := rate["one"], rate["six"], rate["keys"]
	if six > 1.5*one || keys < 4*one {
		return fmt.Errorf("transactions a second: %.0f, %.0f with six clients, %.0f with locks by key", one, six, keys)
	}
	return nil
}

// transactions is how many each client runs.
const transactions = 30

// counting is the load, and looks who is between a first access and the end.
type counting struct {
	under      int
	overlapped bool
}

func (c *counting) client(h *Host, t node.Task, number int) error {
	for range transactions {
		if err := c.change(h, t, number); err != nil {
			return err
		}
	}
	return nil
}

func (c *counting) change(h *Host, t node.Task, number int) error {
	tx := h.Scheme.Begin(scheme.Options{})
	for i := range 3 {
		key := fmt.Appendf(nil, "client %d key %d", number, i)
		if err := scheme.Retry(t, func() error { return tx.Put(key, []byte("value")) }); err != nil {
			return err
		}
		if i == 0 {
			c.under++
			c.overlapped = c.overlapped || c.under > 1
		}
		t.Sleep(time.Millisecond)
	}
	c.under--
	return scheme.Retry(t, tx.Commit)
}
