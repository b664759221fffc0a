package sim_test

import (
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// Said is what a talker sends.
type Said struct {
	N uint64 `wire:"1"`
}

func init() { wire.Register[Said]("sim_test.Said") }

// talker says 1, 2, 3 to its peer when it starts, and keeps what it hears.
type talker struct {
	peer  node.Addr
	heard []uint64
	since time.Duration
}

func (k *talker) Start(env node.Env) {
	for n := uint64(1); n <= 3 && k.peer != ""; n++ {
		env.Send(k.peer, &Said{N: n})
	}
	k.since = env.Elapsed()
}

func (k *talker) Receive(_ node.Addr, m node.Message) { k.heard = append(k.heard, m.(*Said).N) }

func talking(c sim.Config) (*sim.World, *talker) {
	w := sim.New(c)
	w.Host("b").Serve("s", func() node.Node { return &talker{} })
	w.Host("a").Serve("s", func() node.Node { return &talker{peer: "b/s"} })
	w.Run(time.Second)
	return w, w.Node("b/s").(*talker)
}

func TestHeldMessagesArriveWhenTheyAreDelivered(t *testing.T) {
	w, b := talking(sim.Config{Hold: true})
	defer w.Close()
	if len(w.Held()) != 3 || len(b.heard) != 0 {
		t.Fatalf("%v are held, %v arrived", w.Held(), b.heard)
	}
	if got := w.Held()[0].String(); got != "sim_test.Said a/s -> b/s" {
		t.Error(got)
	}
	w.Deliver(2)
	w.Lose(0)
	w.Run(time.Second)
	if len(w.Held()) != 1 || len(b.heard) != 1 || b.heard[0] != 3 {
		t.Errorf("%v are held, %v arrived", w.Held(), b.heard)
	}
	w.Heal()
	w.Run(time.Second)
	if len(w.Held()) != 0 || len(b.heard) != 2 || b.heard[1] != 2 {
		t.Errorf("after healing %v are held, %v arrived", w.Held(), b.heard)
	}
}

// newestFirst is a Chooser.
type newestFirst struct{}

func (newestFirst) Choose(waiting []sim.Held) int { return len(waiting) - 1 }

func TestAChooserDecidesTheOrder(t *testing.T) {
	w, b := talking(sim.Config{Chooser: newestFirst{}})
	defer w.Close()
	if len(b.heard) != 3 || b.heard[0] != 3 || b.heard[2] != 1 {
		t.Errorf("arrived as %v", b.heard)
	}
}

// Worlds that came to the same by different ways have the same State; what was
// heard, and in which order, is part of it, and so is what is on its way.
func TestStateTellsApartWhatDiffersAndNothingElse(t *testing.T) {
	state := func(order ...int) uint64 {
		w, _ := talking(sim.Config{Hold: true})
		defer w.Close()
		for _, i := range order {
			w.Deliver(i)
			w.Run(time.Second)
		}
		return w.State()
	}
	if first, again := state(0, 0), state(0, 0); first != again {
		t.Error("the same moves lead to different states")
	}
	if state(0) == state() || state(0, 0) == state(1, 0) || state(0) == state(1) {
		t.Error("different states are taken for the same")
	}
	w, _ := talking(sim.Config{Hold: true})
	defer w.Close()
	before := w.State()
	w.Run(time.Hour)
	if w.State() != before {
		t.Error("time that passes changes the state")
	}
	w.Host("b").Crash()
	if w.State() == before {
		t.Error("a crash does not change the state")
	}
}

func TestMessagesAreLostByTheirNumbers(t *testing.T) {
	w := sim.New(sim.Config{})
	defer w.Close()
	w.Host("b").Serve("s", func() node.Node { return &talker{} })
	w.Host("a").Serve("s", func() node.Node { return &talker{peer: "b/s"} })
	plan, err := sim.Parse("lose 1,3..4 links a -> b")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Apply(plan); err != nil {
		t.Fatal(err)
	}
	w.Run(time.Second)
	if heard := w.Node("b/s").(*talker).heard; len(heard) != 1 || heard[0] != 2 {
		t.Errorf("%v arrived", heard)
	}
	if text := sim.NumbersOf([]uint64{9, 4, 5, 6, 1, 5}).String(); text != "1,4..6,9" {
		t.Error(text)
	}
}
