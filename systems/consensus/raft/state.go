package raft

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/parleysystems/parley/node"
)

// The persistent state (Figure 2: currentTerm, votedFor, log[]) is one stream
// of records in the host's write-ahead log. A record is a type and numbers as
// uvarint:
//
//	1 term candidate         the term, and whom this server voted for in it
//	2 index term kind data   the entry at index
//	3 index term             the log is empty, and goes on behind index
//	4 configuration          the members that the group began with
//
// Replay: of type 1 the last record holds. A record of type 2 for index i takes
// the place of everything at i and above that came before it. A record of type
// 3 takes the place of all entries before it. Since a crash keeps a prefix of
// the stream, the state read back is one that the server has had.
//
// What is below the newest durable snapshot is trimmed: first the newest record
// of type 1 is written anew, behind all that stays, and once that is durable
// the stream is cut before the record of the first entry that is kept.
const (
	recordVote    = 1
	recordEntry   = 2
	recordRestart = 3
	recordMembers = 4
)

// streamName is the stream in the host's write-ahead log.
const streamName = "log"

func appendEntryRecord(b []byte, i Index, e *Entry) []byte {
	b = append(b, recordEntry)
	b = binary.AppendUvarint(b, uint64(i))
	b = binary.AppendUvarint(b, uint64(e.Term))
	b = append(b, byte(e.Kind))
	return append(b, e.Data...)
}

// saveVote writes term and vote. Whatever depends on them leaves by Send, which
// the kernel holds until they are durable.
func (r *Raft) saveVote() node.LSN {
	b := append(r.log.scratch[:0], recordVote)
	b = binary.AppendUvarint(b, uint64(r.term))
	r.log.scratch = append(b, r.votedFor...)
	return r.log.stream.Append(r.log.scratch)
}

// saveRestart writes that the log goes on behind its base.
func (r *Raft) saveRestart() node.LSN {
	b := append(r.log.scratch[:0], recordRestart)
	b = binary.AppendUvarint(b, uint64(r.log.base))
	r.log.scratch = binary.AppendUvarint(b, uint64(r.log.baseTerm))
	return r.log.stream.Append(r.log.scratch)
}

// saveMembers writes whom the group begins with, once: from then on it is the
// disk that says who belongs to it, whatever Config.Members says.
func (r *Raft) saveMembers(c *Configuration) {
	r.log.stream.Append(append([]byte{recordMembers}, c.encode()...))
	r.configs.base(0, c)
}

var errRecord = errors.New("malformed record")

// replay reads the stream back.
func (r *Raft) replay() error {
	for lsn, record := range r.log.stream.Records(0) {
		if err := r.replayRecord(lsn, record); err != nil {
			return fmt.Errorf("raft: replay record %d of stream %q: %w", lsn, streamName, err)
		}
	}
	return nil
}

func (r *Raft) replayRecord(lsn node.LSN, record []byte) error {
	if len(record) == 0 {
		return errRecord
	}
	if record[0] == recordMembers {
		c, err := decodeConfiguration(record[1:])
		r.configs.base(0, c)
		return err
	}
	first, n := binary.Uvarint(record[1:])
	if n <= 0 {
		return errRecord
	}
	rest := record[1+n:]
	if record[0] == recordVote {
		return r.replayVote(Term(first), node.Addr(rest))
	}
	second, n := binary.Uvarint(rest)
	switch {
	case n <= 0:
		return errRecord
	case record[0] == recordRestart:
		r.log.restart(Index(first), Term(second))
		return nil
	case record[0] == recordEntry && n < len(rest):
		return r.replayEntry(lsn, Index(first), Term(second), rest[n:])
	}
	return errRecord
}

func (r *Raft) replayVote(term Term, candidate node.Addr) error {
	if term < r.term {
		return fmt.Errorf("term %d after term %d", term, r.term)
	}
	r.term, r.votedFor = term, candidate
	return nil
}

// replayEntry puts an entry in its place. What stands first in a trimmed stream
// may have any index.
func (r *Raft) replayEntry(lsn node.LSN, i Index, term Term, rest []byte) error {
	l := &r.log
	switch {
	case len(l.entries) == 0 && l.baseTerm == 0 && i > 0:
		l.restart(i-1, 0) // the term is in a snapshot, or the entry is the first
	case i <= l.base:
		return fmt.Errorf("entry %d in a log that begins behind %d", i, l.base)
	case i > l.last()+1:
		return fmt.Errorf("entry %d after entry %d", i, l.last())
	default:
		l.truncate(i)
	}
	data := append([]byte(nil), rest[1:]...)
	l.push(Entry{Term: term, Kind: EntryKind(rest[0]), Data: data}, lsn)
	return nil
}
