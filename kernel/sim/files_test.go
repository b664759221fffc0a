package sim_test

import (
	"testing"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
)

// keeper adds a file at each start, under another name at first, without
// waiting for any of it to be durable.
type keeper struct {
	found int // files, with their content
	env   node.Env
}

func (k *keeper) Start(env node.Env) {
	k.env = env
	files, err := env.Disk().List("kept/")
	if err != nil {
		env.Halt(err)
		return
	}
	for _, name := range files {
		f, err := env.Disk().Open(name)
		if err != nil {
			env.Halt(err)
			return
		}
		if size, _ := f.Size(); size == 1000 {
			k.found++
		}
	}
	f, err := env.Disk().Create("new")
	if err == nil {
		_, err = f.WriteAt(make([]byte, 1000), 0)
	}
	if err != nil {
		env.Halt(err)
		return
	}
	env.Disk().Rename("new", "kept/"+itoa(len(files)), func(error) {})
}

func (k *keeper) Receive(node.Addr, node.Message) {}

// TestWhatANodeFindsAtStartIsDurable: processes are killed and power is lost in
// any order, before anything that the node did is durable. What one incarnation
// has found the next one finds, or more.
func TestWhatANodeFindsAtStartIsDurable(t *testing.T) {
	kept, lost := 0, 0
	for seed := range uint64(60) {
		w := sim.New(sim.Config{Seed: seed, Fsync: sim.Constant(50 * ms)})
		a := w.Host("a").Serve("x", func() node.Node { return new(keeper) })
		found := 0
		for range 20 {
			w.Run(ms)
			k := w.Node(a).(*keeper)
			switch {
			case k.found < found:
				t.Fatalf("seed %d: %d files were found, and then %d", seed, found, k.found)
			case k.found > found:
				kept++
			default:
				lost++
			}
			found = k.found
			w.Host("a").Crash()
			w.Run(ms)
			w.Host("a").Restart()
		}
		w.Close()
	}
	if kept == 0 || lost == 0 {
		t.Errorf("%d times a cache survived, %d times it was lost; want both", kept, lost)
	}
}

// TestPowerThatIsLostWhileAHostIsDownTakesItsCache is the other half: until the
// next start nothing is promised.
func TestPowerThatIsLostWhileAHostIsDownTakesItsCache(t *testing.T) {
	lost := 0
	for seed := range uint64(60) {
		w := sim.New(sim.Config{Seed: seed, Fsync: sim.Constant(50 * ms)})
		a := w.Host("a").Serve("x", func() node.Node { return new(keeper) })
		w.Run(ms)
		w.Host("a").Crash()
		visible := len(w.Host("a").Disk().Device().Files("files/x/kept/"))
		w.PowerLoss()
		if len(w.Host("a").Disk().Device().Files("files/x/kept/")) < visible {
			lost++
		}
		w.Host("a").Restart()
		if w.Node(a) == nil {
			t.Fatalf("seed %d: %v", seed, w.Host("a").Err())
		}
		w.Close()
	}
	if lost == 0 {
		t.Error("a cache outlived the loss of power each time")
	}
}

func TestAFileThatIsNewAndSyncedIsFoundAgainInItsDirectory(t *testing.T) {
	for seed := range uint64(30) {
		w := sim.New(sim.Config{Seed: seed, Fsync: sim.Constant(ms)})
		a := serve(w, "a", nil, nil)
		done := 0
		do(w, a, func(a *actor) {
			for _, name := range []string{"pages/1", "pages/2.tmp"} {
				f, err := a.env.Disk().Create(name)
				if err != nil {
					t.Fatal(err)
				}
				f.Sync(func(error) { done++ })
			}
			a.env.Disk().Rename("pages/2.tmp", "pages/2", func(error) { done++ })
		})
		w.Run(2 * ms)
		w.PowerLoss()
		if got := w.Host("a").Disk().Device().Files("files/x/pages/"); done != 3 || len(got) != 2 || got[1] != "files/x/pages/2" {
			t.Fatalf("seed %d: %d completions, files %q", seed, done, got)
		}
		w.Close()
	}
}
