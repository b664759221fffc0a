package live_test

import (
	"math/rand/v2"
	"testing"

	"github.com/parleysystems/parley/kernel/disk"
	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/node"
)

// A process is killed between a rename and the sync of the directory, its
// successor reads the file and starts, and then power is lost.
func TestWhatANodeFindsAtStartSurvivesALossOfPower(t *testing.T) {
	for seed := range uint64(30) {
		d := disk.NewFaulty()
		h := open(t, live.Config{Name: "a", Disk: d})
		serve(t, h, "node", &actor{})
		do(t, h, "node", func(env node.Env) {
			for name, text := range map[string]string{"snapshot": "old", "new": "new", "removed": "r"} {
				f, err := env.Disk().Create(name)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := f.WriteAt([]byte(text), 0); err != nil {
					t.Fatal(err)
				}
			}
		})
		h.Close()
		if err := disk.Settle(d, "files"); err != nil {
			t.Fatal(err)
		}
		names := disk.Sub(d, "files/node")
		if err := names.Rename("new", "snapshot"); err != nil {
			t.Fatal(err)
		}
		if err := names.Remove("removed"); err != nil {
			t.Fatal(err)
		}
		d.Kill()

		h = open(t, live.Config{Name: "a", Disk: d})
		h.Close()
		d.Crash(rand.New(rand.NewPCG(seed, 0)))
		if files, _ := names.List(""); len(files) != 1 || files[0] != "snapshot" {
			t.Fatalf("seed %d: files %q", seed, files)
		}
		f, err := names.Open("snapshot")
		if err != nil {
			t.Fatal(err)
		}
		text := make([]byte, 3)
		if _, err := f.ReadAt(text, 0); err != nil || string(text) != "new" {
			t.Fatalf("seed %d: the snapshot that was found is %q again, %v", seed, text, err)
		}
	}
}

// A directory that cannot be made durable is not served from.
func TestOpenRefusesFilesThatItCannotMakeDurable(t *testing.T) {
	d := disk.NewFaulty()
	d.FailSync(disk.ErrUnreadable)
	if h, err := live.Open(live.Config{Name: "a", Disk: d}); err == nil {
		h.Close()
		t.Fatal("opened")
	}
}
