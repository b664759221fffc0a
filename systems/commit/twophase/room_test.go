package twophase_test

import (
	"errors"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/trace"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/commit/twophase"
	"github.com/parleysystems/parley/systems/commit/twophase/bank"
)

// begins counts how often clients ask for a transaction.
type begins int

func (b *begins) Record(e trace.Event) trace.ID {
	if _, is := e.Detail.(*twophase.Begin); is && e.Kind == trace.Send {
		*b++
	}
	return 0
}

func TestWhoIsRefusedForLackOfRoomWaitsBeforeAskingAgain(t *testing.T) {
	var asked begins
	w := sim.New(sim.Config{Seed: 1, Observer: &asked})
	t.Cleanup(w.Close)
	w.Host("c").Serve("coordinator", func() node.Node { return twophase.NewCoordinator(twophase.Config{MaxActive: 1}) })
	var refused error
	w.Host("client").Serve("client", func() node.Node {
		return &task{func(task node.Task) {
			c := twophase.NewClient(task.Env(), []node.Addr{coordinator}, twophase.ClientConfig{Timeout: 2 * time.Second, RetryAfter: 200 * time.Millisecond})
			if _, err := c.Begin(task); err != nil {
				t.Error(err)
			}
			_, refused = c.Begin(task)
		}}
	})
	if !w.RunUntil(func() bool { return refused != nil }, time.Minute) || !errors.Is(refused, twophase.ErrBusy) {
		t.Fatalf("a second transaction: %v, want ErrBusy", refused)
	}
	if most := begins(2 * time.Second / (25 * time.Millisecond)); asked > most {
		t.Errorf("in two seconds the coordinator was asked %d times, want %d at most", asked, most)
	}
}

// room is how many transactions a participant has room for in the tests of that.
const room = 4

// A participant that is full refuses operations of further transactions at once, and
// takes them again when another is over.
func TestAParticipantRefusesMoreThanItHasRoomFor(t *testing.T) {
	w := world(t, twophase.Config{}, func(task node.Task, _ *twophase.Client, w *sim.World) {
		w.Host("d").Serve("bank", func() node.Node {
			return twophase.NewParticipant(bank.New(map[string]int64{"x": 100}), twophase.Config{MaxActive: room})
		})
		execute := func(number uint64) *twophase.Executed {
			tx := twophase.TxID{Coordinator: coordinator, Incarnation: 1, Number: number}
			answer, err := task.Call("d/bank", &twophase.Execute{Tx: tx, Seq: 1, Body: bank.Read("x")}, time.Second)
			if err != nil {
				t.Fatal(err)
			}
			return answer.(*twophase.Executed)
		}
		for i := range uint64(room) {
			if e := execute(100 + i); e.Refused != "" {
				t.Errorf("transaction %d of %d is refused: %s", i+1, room, e.Refused)
			}
		}
		if e := execute(200); e.Refused != twophase.ErrBusy.Error() {
			t.Errorf("transaction %d of %d: refused: %q, want %q", room+1, room, e.Refused, twophase.ErrBusy)
		}
		task.Env().Send("d/bank", &twophase.Abort{Tx: twophase.TxID{Coordinator: coordinator, Incarnation: 1, Number: 100}})
		task.Sleep(100 * time.Millisecond)
		if e := execute(200); e.Refused != "" {
			t.Errorf("after another is over: %s", e.Refused)
		}
	})
	if held := w.Node("d/bank").(*twophase.Participant).Holding(); held != room {
		t.Errorf("%d transactions hold locks, want %d", held, room)
	}
}

// Who asks about transactions that nobody has begun has them refused, and a refusal has
// to be remembered. There is room for a number of those, and then no answer.
func TestAParticipantRemembersAsManyRefusalsAsItHasRoomFor(t *testing.T) {
	world(t, twophase.Config{}, func(task node.Task, _ *twophase.Client, w *sim.World) {
		w.Host("d").Serve("bank", func() node.Node {
			return twophase.NewParticipant(bank.New(nil), twophase.Config{MaxSpan: 1})
		})
		ask := func(m node.Message) bool {
			_, err := task.Call("d/bank", m, time.Second)
			return err == nil
		}
		answered := 0
		for i := range uint64(3 * room) {
			tx := twophase.TxID{Coordinator: "nobody/coordinator", Incarnation: 1, Number: i}
			question := node.Message(&twophase.Inquire{Tx: tx})
			if i%2 == 1 {
				question = &twophase.Prepare{Tx: tx, Ops: 1}
			}
			if ask(question) {
				answered++
			}
		}
		if answered != room { // four times MaxSpan
			t.Errorf("%d made-up transactions were answered, want %d", answered, room)
		}
		if first := (twophase.TxID{Coordinator: "nobody/coordinator", Incarnation: 1}); !ask(&twophase.Inquire{Tx: first}) {
			t.Error("what was refused is not remembered")
		}
	})
}
