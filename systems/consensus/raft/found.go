package raft

import (
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// Founding is the header of a snapshot that a new group of these voters begins
// with, in place of an empty log: it stands for the first entry, of term 0, which
// no leader has made and which all of them have committed.
func Founding(voters []node.Addr) rsm.SnapshotHeader {
	c := &Configuration{Voters: sortedAddrs(voters)}
	return rsm.SnapshotHeader{Index: 1, Meta: c.encode()}
}
