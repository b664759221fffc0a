package sim_test

import (
	"errors"
	"io/fs"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/disk"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/wal"
	"github.com/parleysystems/parley/node"
)

// append logs something at a and says so to b.
func appendAndSend(w *sim.World, a, b node.Addr) bool {
	return do(w, a, func(a *actor) {
		a.env.Log("log").Append(make([]byte, 100))
		a.env.Send(b, &say{})
	})
}

func TestAFailedFsyncStopsTheHost(t *testing.T) {
	w := sim.New(sim.Config{Link: fixed(ms)})
	a, b := serve(w, "a", nil, nil), serve(w, "b", nil, nil)
	appendAndSend(w, a, b)
	w.Run(10 * ms)
	w.Host("a").Disk().FailSync(true)
	appendAndSend(w, a, b)
	w.Run(10 * ms)
	if w.Host("a").Up() || !errors.Is(w.Host("a").Err(), sim.ErrSync) {
		t.Errorf("up %v, err %v", w.Host("a").Up(), w.Host("a").Err())
	}
	if heard(w, b) != 1 {
		t.Errorf("b heard %d messages, want the one before the failure", heard(w, b))
	}
}

func TestAFullDiskStopsTheHost(t *testing.T) {
	w := sim.New(sim.Config{Link: fixed(ms)})
	a, b := serve(w, "a", nil, nil), serve(w, "b", nil, nil)
	w.Host("a").Disk().SetFull(0)
	appendAndSend(w, a, b)
	w.Run(10 * ms)
	if w.Host("a").Up() || !errors.Is(w.Host("a").Err(), disk.ErrFull) || heard(w, b) != 0 {
		t.Errorf("up %v, err %v, %d heard", w.Host("a").Up(), w.Host("a").Err(), heard(w, b))
	}
	w.Heal()
	appendAndSend(w, a, b)
	w.Run(10 * ms)
	if heard(w, b) != 1 {
		t.Errorf("a host with room again is mute: %v", w.Host("a").Err())
	}
}

func TestRotInTheLogIsReportedOrHarmlessAndNeverServed(t *testing.T) {
	reported := 0
	for seed := range uint64(40) {
		w := sim.New(sim.Config{Seed: seed, Link: fixed(100 * us)})
		b := serve(w, "b", nil, nil)
		a := w.Host("a").Serve("x", func() node.Node { return &counter{witness: b, send: node.Env.Send} })
		w.Run(200 * ms)
		w.Host("a").Crash()
		before := w.Now()
		if file := w.Host("a").Disk().Rot("wal/"); file == "" {
			t.Fatal("there is nothing to rot")
		}
		w.Host("a").Restart()
		w.Run(100 * ms)
		if err := w.Host("a").Err(); err != nil {
			var corrupt *wal.CorruptError
			if !errors.As(err, &corrupt) {
				t.Fatalf("seed %d: halted with %v", seed, err)
			}
			reported++
		} else if c := w.Node(a).(*counter); c.lost != "" {
			t.Fatalf("seed %d, %v: served: %s", seed, before, c.lost)
		}
		w.Close()
	}
	if reported < 10 {
		t.Errorf("rot was reported in %d of 40 runs", reported)
	}
}

func TestAWipedDiskForgetsAndASlowOneTakesItsTime(t *testing.T) {
	w := sim.New(sim.Config{Link: fixed(ms)})
	a, b := serve(w, "a", nil, nil), serve(w, "b", nil, nil)
	w.Host("a").Disk().SetFsync(sim.Constant(60 * ms))
	appendAndSend(w, a, b)
	w.Run(60 * ms)
	if heard(w, b) != 0 {
		t.Error("a slow disk was fast")
	}
	w.Run(ms)
	if heard(w, b) != 1 {
		t.Error("a slow disk takes longer still")
	}
	w.Host("a").Disk().Wipe()
	w.Host("a").Restart()
	do(w, a, func(a *actor) {
		if next := a.env.Log("log").Next(); next != 1 {
			t.Errorf("a wiped log goes on at %d", next)
		}
	})
}

func TestPlainFilesSurviveACrashOnceSynced(t *testing.T) {
	lost := 0
	for seed := range uint64(40) {
		w := sim.New(sim.Config{Seed: seed, Fsync: sim.Constant(5 * ms)})
		a := serve(w, "a", nil, nil)
		synced := false
		do(w, a, func(a *actor) {
			f, err := a.env.Disk().Create("new")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.WriteAt([]byte("content"), 0); err != nil {
				t.Fatal(err)
			}
			f.Sync(func(err error) {
				if err != nil {
					t.Fatal(err)
				}
				a.env.Disk().Rename("new", "page", func(err error) {
					if synced = true; err != nil {
						t.Fatal(err)
					}
				})
			})
		})
		early := seed%2 == 0
		w.Run(9 * ms)
		if synced {
			t.Fatal("a file was durable before its syncs had ended")
		}
		if !early {
			w.Run(2 * ms)
		}
		w.PowerLoss()
		w.Host("a").Restart()
		do(w, a, func(a *actor) {
			_, err := a.env.Disk().Open("page")
			switch {
			case err == nil:
			case !errors.Is(err, fs.ErrNotExist):
				t.Fatal(err)
			case early:
				lost++
			default:
				t.Fatalf("seed %d: a synced file is gone", seed)
			}
		})
		w.Run(time.Second)
	}
	if lost == 0 {
		t.Error("a rename that nobody waited for was never lost")
	}
}
