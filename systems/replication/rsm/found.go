package rsm

import (
	"fmt"
	"io"
)

// FoundingFile is the file in a replica's directory (node.Env.Disk) that
// WriteFounding is to fill, before the replica starts for the first time.
const FoundingFile = snapshotName

// WriteFounding writes the snapshot that the replicas of a new group begin with:
// a state that no command of theirs has made, and no sessions. What the engine
// wants to find, h, is its own affair. All replicas must begin with the same.
func WriteFounding(f io.WriterAt, h SnapshotHeader, m StateMachine) error {
	c := &capture{sessions: newSessions().encode(), machine: m.Capture()}
	defer c.Release()
	if err, failed := writeBlocks(f, h, c).(error); failed {
		return fmt.Errorf("rsm: write the founding snapshot: %w", err)
	}
	return nil
}
