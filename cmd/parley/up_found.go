package main

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/parleysystems/parley/cmd/parley/internal/screen"
	"github.com/parleysystems/parley/internal/cluster"
	"github.com/parleysystems/parley/kernel/disk"
	"github.com/parleysystems/parley/serve/etcd/backend"
	"github.com/parleysystems/parley/serve/host"
	"github.com/parleysystems/parley/systems/stores/kv"
)

// foundingMark is a file in the directory of all data while it is being filled from
// a snapshot. With it there, some hosts may lack what others begin with.
const foundingMark = "FILLING"

// backup reads the snapshot of etcd that was given, if one was: before anything is
// made, so that a wrong name leaves nothing behind.
func (f *upFlags) backup() (*kv.Store, error) {
	if f.snapshot == "" {
		return nil, nil
	}
	store, err := backend.Read(f.snapshot, kv.Options{})
	if err != nil {
		return nil, fmt.Errorf("--from-snapshot: %w", err)
	}
	return store, nil
}

// found fills the directories of all hosts with what a backup has, if there is one,
// and refuses those that an earlier attempt left half filled.
func (f *upFlags) found(s *screen.Screen, configs []*cluster.Config, backup *kv.Store) error {
	all, err := disk.OS(f.data)
	if err != nil {
		return fmt.Errorf("--data %s: %w", f.data, err)
	}
	mark, err := all.Open(foundingMark)
	if err == nil {
		mark.Close()
		return fmt.Errorf("--data %s: filling it from a snapshot was interrupted; remove it and do it again", f.data)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("--data %s: %w", f.data, err)
	}
	if backup == nil {
		return nil
	}
	if err := fill(all, configs, backup); err != nil {
		return fmt.Errorf("--from-snapshot: fill %s: %w", f.data, err)
	}
	s.Printf("data     %d keys at revision %d, from %s", backup.Len(), backup.Revision(), f.snapshot)
	return nil
}

// fill makes every host's directory, under the mark.
func fill(all disk.FS, configs []*cluster.Config, store *kv.Store) error {
	names := make([]string, len(configs))
	for i, c := range configs {
		names[i] = c.Name
		if err := host.Empty(disk.Sub(all, c.Name)); err != nil {
			return fmt.Errorf("host %s: %w; go on with it by leaving --from-snapshot out, or choose another --data", c.Name, err)
		}
	}
	mark, err := all.Create(foundingMark)
	if err != nil {
		return err
	}
	if err := errors.Join(mark.Close(), all.SyncDir(".")); err != nil {
		return err
	}
	for _, name := range names {
		if err := host.Found(disk.Sub(all, name), names, store); err != nil {
			return err
		}
	}
	return errors.Join(all.Remove(foundingMark), all.SyncDir("."))
}
