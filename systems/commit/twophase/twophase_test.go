package twophase_test

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/commit/twophase"
	"github.com/parleysystems/parley/systems/commit/twophase/bank"
)

const (
	coordinator = node.Addr("c/coordinator")
	bankA       = node.Addr("a/bank")
	bankB       = node.Addr("b/bank")
)

// world makes a coordinator and two banks, and runs script as a client's task.
func world(t *testing.T, cfg twophase.Config, script func(node.Task, *twophase.Client, *sim.World)) *sim.World {
	t.Helper()
	w := sim.New(sim.Config{Seed: 1})
	t.Cleanup(w.Close)
	w.Host("c").Serve("coordinator", func() node.Node { return twophase.NewCoordinator(cfg) })
	for _, a := range []node.Addr{bankA, bankB} {
		w.Host(a.Host()).Serve(a.Service(), func() node.Node {
			return twophase.NewParticipant(bank.New(map[string]int64{"x": 100, "y": 100}), cfg)
		})
	}
	done := false
	w.Host("client").Serve("client", func() node.Node {
		return &task{func(t node.Task) {
			script(t, twophase.NewClient(t.Env(), []node.Addr{coordinator}, twophase.ClientConfig{
				Timeout: 2 * time.Second, RetryAfter: 200 * time.Millisecond,
			}), w)
			done = true
		}}
	})
	if !w.RunUntil(func() bool { return done }, time.Minute) {
		t.Fatal("the script does not end")
	}
	return w
}

type task struct{ run func(node.Task) }

func (n *task) Start(env node.Env)              { env.Go(n.run) }
func (n *task) Receive(node.Addr, node.Message) {}

// move makes a transfer and returns its transaction and its error.
func move(t node.Task, c *twophase.Client, amount int64) (*twophase.Transaction, error) {
	tx, err := c.Begin(t)
	if err != nil {
		return nil, err
	}
	if _, err := tx.Call(t, bankA, bank.Add("x", -amount)); err != nil {
		return tx, err
	}
	if _, err := tx.Call(t, bankB, bank.Add("x", amount)); err != nil {
		return tx, err
	}
	return tx, tx.Commit(t)
}

func TestACoordinatorRefusesMoreThanItHasRoomFor(t *testing.T) {
	world(t, twophase.Config{MaxActive: 1}, func(task node.Task, c *twophase.Client, _ *sim.World) {
		first, err := c.Begin(task)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Begin(task); !errors.Is(err, twophase.ErrBusy) || !twophase.SurelyNot(err) {
			t.Errorf("a second transaction: %v, want ErrBusy", err)
		}
		first.Rollback(task)
		if _, err := c.Begin(task); err != nil {
			t.Errorf("after the first was given up: %v", err)
		}
	})
}

func TestOperationsLostInACrashCannotBeCommitted(t *testing.T) {
	w := world(t, twophase.Config{}, func(task node.Task, c *twophase.Client, w *sim.World) {
		tx, err := c.Begin(task)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range []node.Addr{bankA, bankB} {
			if _, err := tx.Call(task, a, bank.Add("x", 1)); err != nil {
				t.Fatal(err)
			}
		}
		w.Host("a").Crash()
		w.Host("a").Restart()
		if err := tx.Commit(task); !errors.Is(err, twophase.ErrAborted) {
			t.Errorf("commit: %v, want ErrAborted", err)
		}
	})
	for _, a := range []node.Addr{bankA, bankB} {
		if got := w.Node(a).(*twophase.Participant).Resource().(*bank.Bank).Total(); got != 200 {
			t.Errorf("%s has %d, want 200", a, got)
		}
	}
}

func TestALockedAccountIsRefusedAndSaysWhy(t *testing.T) {
	world(t, twophase.Config{}, func(task node.Task, c *twophase.Client, _ *sim.World) {
		first, _ := c.Begin(task)
		if _, err := first.Call(task, bankA, bank.Add("x", 1)); err != nil {
			t.Fatal(err)
		}
		_, err := move(task, c, 1)
		if !twophase.SurelyNot(err) || !strings.Contains(err.Error(), "locked") {
			t.Errorf("%v; want an abort that speaks of the lock", err)
		}
	})
}

func TestAnOutcomeThatWasForgottenIsNotMadeUp(t *testing.T) {
	world(t, twophase.Config{KeepOutcomes: 1}, func(task node.Task, c *twophase.Client, _ *sim.World) {
		first, err := move(task, c, 1)
		if err != nil {
			t.Fatal(err)
		}
		if err := again(task, first); err != twophase.Committed {
			t.Errorf("asked again at once: %v, want committed", err)
		}
		if _, err := move(task, c, 1); err != nil {
			t.Fatal(err)
		}
		if err := again(task, first); err != twophase.Forgotten {
			t.Errorf("asked again after another commit: %v, want forgotten", err)
		}
	})
}

// again asks for the outcome of a transaction once more.
func again(task node.Task, tx *twophase.Transaction) twophase.Decision {
	task.Sleep(time.Second)
	answer, err := task.Call(coordinator, &twophase.Finish{Tx: tx.ID(), Commit: true, Branches: tx.Branches()}, time.Second)
	if err != nil {
		return twophase.Undecided
	}
	return answer.(*twophase.Outcome).Decision
}

func TestOperationsThatAreTooLargeAreRefused(t *testing.T) {
	world(t, twophase.Config{MaxBody: 64}, func(task node.Task, c *twophase.Client, _ *sim.World) {
		tx, _ := c.Begin(task)
		_, err := tx.Call(task, bankA, make([]byte, 65))
		if !twophase.SurelyNot(err) || !strings.Contains(err.Error(), "too large") {
			t.Errorf("%v; want an abort that speaks of the size", err)
		}
	})
}

// Messages that make no sense, from a stranger, harm nobody.
func TestNonsenseHarmsNobody(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	w := world(t, twophase.Config{}, func(task node.Task, c *twophase.Client, _ *sim.World) {
		for range 3000 {
			to := []node.Addr{coordinator, bankA, bankB}[r.IntN(3)]
			task.Env().Send(to, nonsense(r))
			if r.IntN(50) == 0 {
				task.Sleep(time.Millisecond)
			}
		}
		task.Sleep(15 * time.Second) // what it left behind is given up
		if _, err := move(task, c, 10); err != nil {
			t.Errorf("a transfer afterwards: %v", err)
		}
	})
	a, b := balance(w, bankA), balance(w, bankB)
	if a != 190 || b != 210 {
		t.Errorf("the banks have %d and %d, want 190 and 210", a, b)
	}
}

func balance(w *sim.World, at node.Addr) int64 {
	return w.Node(at).(*twophase.Participant).Resource().(*bank.Bank).Total()
}

// nonsense makes a message about a transaction of a coordinator that does not exist,
// or one that was never begun.
func nonsense(r *rand.Rand) node.Message {
	tx := twophase.TxID{Coordinator: "nobody/coordinator", Incarnation: r.Uint64N(3), Number: r.Uint64N(20)}
	if r.IntN(2) == 0 {
		tx = twophase.TxID{Coordinator: coordinator, Incarnation: 7 + r.Uint64N(3), Number: r.Uint64N(20)}
	}
	body := make([]byte, r.IntN(40))
	for i := range body {
		body[i] = byte(r.Uint32())
	}
	branches := []twophase.Branch{{Participant: node.Addr(body)}, {Participant: bankA}, {Participant: bankA}}[:r.IntN(4)]
	switch r.IntN(11) {
	case 0:
		return &twophase.Begin{}
	case 1:
		return &twophase.Execute{Tx: tx, Seq: r.Uint64N(3), Body: body}
	case 2:
		return &twophase.Finish{Tx: tx, Commit: r.IntN(2) == 0, Branches: branches}
	case 3:
		return &twophase.Prepare{Tx: tx, Variant: twophase.Variant(r.IntN(9)), Ops: r.Uint64N(3)}
	case 4:
		return &twophase.Voted{Tx: tx, Vote: twophase.Vote(r.IntN(9))}
	case 5:
		return &twophase.Commit{Tx: tx, Ack: r.IntN(2) == 0}
	case 6:
		return &twophase.Abort{Tx: tx, Ack: r.IntN(2) == 0}
	case 7:
		return &twophase.Ack{Tx: tx}
	case 8:
		return &twophase.Inquire{Tx: tx, Variant: twophase.Variant(r.IntN(9))}
	case 9:
		return &twophase.Executed{Result: body}
	}
	return &twophase.Status{Tx: tx, Decision: twophase.Decision(r.IntN(9))}
}

func TestConfigsThatMakeNoSenseAreRefused(t *testing.T) {
	for name, c := range map[string]twophase.Config{
		"variant": {Variant: 9}, "timeout": {VoteTimeout: -1}, "branches": {MaxBranches: -1}, "body": {MaxBody: 1 << 30}, "keep": {KeepOutcomes: -1},
	} {
		if c.Validate() == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if err := (twophase.Config{}).Validate(); err != nil {
		t.Error(err)
	}
}
