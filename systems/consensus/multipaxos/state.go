package multipaxos

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/parleysystems/parley/node"
)

// What outlives a crash is one stream of records in the host's write-ahead log. A
// record is a type and numbers as uvarint:
//
//	65 promised tried chosen          the promise, the ballot that this proposer tried
//	                                  last, and how far the chosen prefix goes
//	66 slot ballot chosen kind data   an acceptance, and that prefix
//	67 slot kind data                 a chosen value, learned from another replica
//	68 slot configurations            who accepts, as far as the values up to slot say
//
// Of a slot the last record holds; of the numbers the greatest. That the prefix
// goes as far as a record says is true of what was written before it. (No other
// engine's records have these types, so a disk that another engine wrote is
// refused.)
//
// What is below the newest durable checkpoint is trimmed: promise and
// configurations are written anew, behind all that stays, and once that is durable
// the stream is cut before the oldest record of a slot that is kept.
const (
	recordState          = 65
	recordAccepted       = 66
	recordLearned        = 67
	recordConfigurations = 68
)

// streamName is the stream in the host's write-ahead log.
const streamName = "log"

func appendNumbers(b []byte, record byte, numbers ...uint64) []byte {
	b = append(b, record)
	for _, n := range numbers {
		b = binary.AppendUvarint(b, n)
	}
	return b
}

func appendAccepted(b []byte, s Slot, ballot Ballot, chosen Slot, v *Value) []byte {
	b = append(b, recordAccepted)
	b = binary.AppendUvarint(b, uint64(s))
	b = binary.AppendUvarint(b, uint64(ballot))
	b = binary.AppendUvarint(b, uint64(chosen))
	return append(append(b, byte(v.Kind)), v.Data...)
}

func appendLearned(b []byte, s Slot, v *Value) []byte {
	b = binary.AppendUvarint(append(b, recordLearned), uint64(s))
	return append(append(b, byte(v.Kind)), v.Data...)
}

// saveState writes promise, ballot tried and prefix. Whatever depends on them
// leaves by Send, which the kernel holds until they are durable (I1, I2).
func (r *Paxos) saveState() node.LSN {
	r.votes.scratch = appendNumbers(r.votes.scratch[:0], recordState, uint64(r.promised), uint64(r.tried), uint64(r.chosen))
	return r.votes.stream.Append(r.votes.scratch)
}

func (r *Paxos) saveConfigurations(s Slot) node.LSN {
	b := appendNumbers(r.votes.scratch[:0], recordConfigurations, uint64(s))
	r.votes.scratch = append(b, encode(r.configs.asOf(s))...)
	return r.votes.stream.Append(r.votes.scratch)
}

// trim gives back the records of what a durable checkpoint at slot s reflects.
func (r *Paxos) trim(s Slot) {
	before := r.saveConfigurations(s)
	r.saveState()
	before = r.votes.oldest(s, before)
	r.env.Durable(func() { r.votes.stream.Trim(before) })
}

// stored is what the stream says, as it is read back.
type stored struct {
	chosen  Slot
	at      Slot // configurations are as of this slot
	configs *configurations
}

// replay reads the stream back, but for slots up to base, whose effect a
// checkpoint has.
func (r *Paxos) replay(base Slot) (stored, error) {
	var st stored
	r.votes.base = base
	for lsn, record := range r.votes.stream.Records(0) {
		if err := r.replayRecord(&st, lsn, record); err != nil {
			return st, fmt.Errorf("multipaxos: replay record %d of stream %q: %w", lsn, streamName, err)
		}
	}
	return st, nil
}

var errRecord = errors.New("malformed record, or another engine's")

// numbers reads what a record begins with.
type numbers struct {
	rest []byte
	bad  bool
}

func (n *numbers) next() uint64 {
	v, k := binary.Uvarint(n.rest)
	if k <= 0 {
		n.bad, n.rest = true, nil
		return 0
	}
	n.rest = n.rest[k:]
	return v
}

func (n *numbers) value() Value {
	if len(n.rest) == 0 || n.rest[0] > byte(Reconfiguration) {
		n.bad = true
		return Value{}
	}
	return Value{Kind: Kind(n.rest[0]), Data: append([]byte(nil), n.rest[1:]...)}
}

func (r *Paxos) replayRecord(st *stored, lsn node.LSN, record []byte) (err error) {
	if len(record) == 0 {
		return errRecord
	}
	n := &numbers{rest: record[1:]}
	switch record[0] {
	case recordState:
		r.promised, r.tried = max(r.promised, Ballot(n.next())), max(r.tried, Ballot(n.next()))
		st.chosen = max(st.chosen, Slot(n.next()))
	case recordAccepted:
		s, b := Slot(n.next()), Ballot(n.next())
		st.chosen = max(st.chosen, Slot(n.next()))
		r.promised = max(r.promised, b)
		err = r.replayVote(s, b, n, lsn)
	case recordLearned:
		err = r.replayVote(Slot(n.next()), decided, n, lsn)
	case recordConfigurations:
		st.at = Slot(n.next())
		st.configs, err = decodeConfigurations(n.rest)
	default:
		return errRecord
	}
	if n.bad {
		return errRecord
	}
	return err
}

// replayVote takes up what a slot was last said to hold.
func (r *Paxos) replayVote(s Slot, b Ballot, n *numbers, lsn node.LSN) error {
	v := n.value()
	switch {
	case n.bad || s <= r.votes.base:
		return nil
	case s > r.votes.last()+maxGap:
		return fmt.Errorf("slot %d after slot %d", s, r.votes.last())
	}
	r.votes.put(s, b, v, lsn)
	return nil
}
