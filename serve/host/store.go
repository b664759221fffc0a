package host

import (
	"os"
	"path/filepath"

	"github.com/parleysystems/parley/serve/values"
	"github.com/parleysystems/parley/systems/stores/kv"
)

// Stores returns the names of where a host may keep values, the default first.
func Stores() []string { return []string{"memory", "engine"} }

// openStore opens what keeps long values outside of memory, if the configuration asks
// for it. The directory is this host's alone: the kernel holds the lock.
func (h *Host) openStore() (err error) {
	dir := filepath.Join(h.config.Dir, "values")
	if h.config.Store != "engine" {
		return os.RemoveAll(dir) // what a start with the other choice has left
	}
	h.values, err = values.Open(dir, values.Options{Failed: h.fail})
	return err
}

// logInMemory bounds the log between two snapshots, in bytes, where the state may be
// larger than memory; 0 for no bound of its own.
func (c *Config) logInMemory() int64 {
	if c.Store == "engine" {
		return 128 << 20
	}
	return 0
}

// machine returns the state machine that is replicated.
func (h *Host) machine() *kv.Store {
	o := kv.Options{Quota: h.config.Quota}
	if h.values != nil {
		o.Cold = h.values
	}
	return kv.New(o)
}
