package host

import (
	"errors"
	"fmt"
	"slices"

	"github.com/parleysystems/parley/kernel/disk"
	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/raft"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/stores/kv"
)

// ErrNotEmpty says that a directory holds something already.
var ErrNotEmpty = errors.New("there is data already")

// CanFound says whether clusters of an engine can begin with a store that is full.
func CanFound(engine string) error {
	if engine != "" && engine != "raft" {
		return fmt.Errorf("a cluster of the engine %s begins empty; one of raft may begin with a store", engine)
	}
	return nil
}

// Empty returns ErrNotEmpty, and why, if a host has used the directory.
func Empty(dir disk.FS) error {
	files, err := dir.List("")
	if files = slices.DeleteFunc(files, func(name string) bool { return name == disk.LockFile }); len(files) > 0 {
		return fmt.Errorf("%w: %s", ErrNotEmpty, files[0])
	}
	return err
}

// Found makes dir, which is empty, the data directory of a host of a new cluster
// whose hosts have these names and which begins with a store. Every host must be
// made with the same names and the same store. It is durable when Found returns.
func Found(dir disk.FS, hosts []string, store *kv.Store) error {
	if err := Empty(dir); err != nil {
		return err
	}
	var voters []node.Addr
	for _, name := range hosts {
		voters = append(voters, node.Join(name, Service))
	}
	in := live.FilesOf(Service)
	f, err := dir.Create(in + "/" + rsm.FoundingFile)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := rsm.WriteFounding(f, raft.Founding(voters), store); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return dir.SyncDir(in)
}
