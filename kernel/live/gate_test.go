package live_test

import (
	"strings"
	"sync"

	"github.com/parleysystems/parley/kernel/disk"
)

// gate is a disk whose log syncs only as a test lets it.
type gate struct {
	disk.FS
	mu      sync.Mutex
	changed sync.Cond
	shut    bool
	err     error
	waiting int
}

func newGate(fsys disk.FS) *gate {
	g := &gate{FS: fsys}
	g.changed.L = &g.mu
	return g
}

// set shuts or opens the gate, and says what passing it gives.
func (g *gate) set(shut bool, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut, g.err = shut, err
	g.changed.Broadcast()
}

func (g *gate) anyWaiting() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.waiting > 0
}

func (g *gate) pass() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting++
	for g.shut {
		g.changed.Wait()
	}
	g.waiting--
	return g.err
}

func (g *gate) Create(name string) (disk.File, error) {
	f, err := g.FS.Create(name)
	return g.wrap(name, f, err)
}

func (g *gate) Open(name string) (disk.File, error) {
	f, err := g.FS.Open(name)
	return g.wrap(name, f, err)
}

func (g *gate) wrap(name string, f disk.File, err error) (disk.File, error) {
	if err != nil || !strings.HasPrefix(name, "wal/") {
		return f, err
	}
	return &gatedFile{f, g}, nil
}

type gatedFile struct {
	disk.File
	gate *gate
}

func (f *gatedFile) Sync() error {
	if err := f.gate.pass(); err != nil {
		return err
	}
	return f.File.Sync()
}
