package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/parleysystems/parley/serve/engine"
)

// restarts measures what it takes to open a database after a crash, in processor time,
// with logs of several lengths since the checkpoint. A log twice as long must not take
// more than three times as much: it is linear, but for what the machine adds.
func restarts(parent string) error {
	dir, err := os.MkdirTemp(parent, "restarts-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	var last time.Duration
	for commits := 50_000; commits <= 400_000; commits *= 2 {
		took, s, err := restart(filepath.Join(dir, fmt.Sprint(commits)), commits)
		if err != nil {
			return err
		}
		fmt.Printf("%8d records analyzed, %8d changes redone in %v: %.2f µs a record\n",
			s.Recovery.Analyzed, s.Recovery.Redone, took.Round(time.Millisecond), float64(took.Microseconds())/float64(s.Recovery.Analyzed))
		if last > 0 && took > 3*last {
			return fmt.Errorf("twice the log took %.1f times as long", float64(took)/float64(last))
		}
		last = took
	}
	return nil
}

// restart fills a database without a checkpoint, copies its files as a crash would
// have left them, and opens the copy.
func restart(dir string, commits int) (time.Duration, engine.Stats, error) {
	o := &engine.Options{Memory: 256 << 20, Checkpoint: 1 << 30}
	db, err := engine.Open(dir, o)
	if err != nil {
		return 0, engine.Stats{}, err
	}
	defer db.Close()
	for i := 0; i < commits; {
		err := db.Update(func(tx *engine.Tx) error {
			for end := i + 100; i < end; i++ {
				if err := tx.Put(row(i * 7919 % rows)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return 0, engine.Stats{}, err
		}
	}
	image := dir + ".crashed"
	if out, err := exec.Command("cp", "-r", dir, image).CombinedOutput(); err != nil {
		return 0, engine.Stats{}, fmt.Errorf("copy: %w: %s", err, out)
	}
	start := processor()
	crashed, err := engine.Open(image, o)
	if err != nil {
		return 0, engine.Stats{}, err
	}
	took := processor() - start
	s := crashed.Stats()
	return took, s, crashed.Close()
}
