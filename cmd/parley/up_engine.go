package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/parleysystems/parley/internal/cluster"
	"github.com/parleysystems/parley/kernel/disk"
	"github.com/parleysystems/parley/serve/host"
)

// engineMark is a file in the directory of all data that names the engine whose hosts
// filled it: no other reads what they wrote. Directories of before there was one have
// none, and of these the replicas say that they cannot read them.
const engineMark = "ENGINE"

// claim names the engine in a directory that has no data yet, and refuses one that
// has data of another.
func (f *upFlags) claim(configs []*cluster.Config) error {
	all, err := disk.OS(f.data)
	if err != nil {
		return fmt.Errorf("--data %s: %w", f.data, err)
	}
	filled := slices.ContainsFunc(configs, func(c *cluster.Config) bool { return host.Empty(disk.Sub(all, c.Name)) != nil })
	path := filepath.Join(f.data, engineMark)
	text, err := os.ReadFile(path)
	switch mark := strings.TrimSpace(string(text)); {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("--data: %w", err)
	case filled && err == nil && mark != f.engine:
		return fmt.Errorf("--data %s was filled by the engine %s, and %s cannot read it: start it with --engine %s, or choose another directory", f.data, mark, f.engine, mark)
	case filled || mark == f.engine:
		return nil
	}
	// A rename, so that there is all of it or nothing.
	if err := os.WriteFile(path+".new", []byte(f.engine+"\n"), 0o600); err != nil {
		return fmt.Errorf("--data: %w", err)
	}
	if err := errors.Join(os.Rename(path+".new", path), all.SyncDir(".")); err != nil {
		return fmt.Errorf("--data: %w", err)
	}
	return nil
}
