package pbft

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

var errRecord = errors.New("malformed record")

// replay reads the stream back.
func (r *PBFT) replay() error {
	r.journal = journal{stream: r.env.Log(streamName), first: map[SeqNo]node.LSN{}, keys: map[node.Addr][]byte{}}
	for lsn, record := range r.journal.stream.Records(0) {
		if err := r.replayRecord(lsn, record); err != nil {
			return fmt.Errorf("pbft: replay record %d of stream %q: %w", lsn, streamName, err)
		}
	}
	if r.active {
		r.rebuild()
	}
	return r.begin()
}

// begin has an identity, the public keys that are known, and a new key epoch.
func (r *PBFT) begin() error {
	j := &r.journal
	seed := r.cfg.Identity
	if len(seed) == 0 {
		if j.seed == nil {
			j.saveSeed(r.draw32())
		}
		seed = j.seed
	}
	r.keys = newKeyring(r.env.Self(), seed)
	if r.cfg.Verify != nil {
		r.keys.verifies = r.cfg.Verify
	}
	//parley:unordered each key is noted under its own address
	for a, public := range r.cfg.Keys {
		r.keys.trust(a, public)
	}
	//parley:unordered each key is noted under its own address
	for a, public := range j.keys {
		if r.cfg.Keys[a] == nil {
			r.keys.trust(a, public)
		}
	}
	epoch := j.epoch
	if r.cfg.Recover && epoch>>20 > r.cfg.Counter {
		epoch = 0 // no epoch that we ever had
	}
	r.newEpoch(max(epoch, r.cfg.Counter<<20) + 1)
	r.nextKey = r.env.Elapsed() + r.firstLifetime()
	r.own.base = Timestamp(r.keys.epoch) << 24
	return nil
}

// firstLifetime is that of the key which an incarnation begins with: the second half of a
// lifetime is divided among the replicas, since they often start together.
func (r *PBFT) firstLifetime() time.Duration {
	n := time.Duration(r.group.n())
	return r.cfg.KeyLifetime * (n + time.Duration(r.group.self)%n) / (2 * n)
}

// newEpoch draws a new secret for key exchange and drops the old one.
func (r *PBFT) newEpoch(epoch uint64) {
	r.journal.saveEpoch(epoch)
	r.keys.refresh(epoch, [32]byte(r.draw32()))
}

func (r *PBFT) draw32() []byte {
	var b []byte
	for range 4 {
		b = binary.LittleEndian.AppendUint64(b, r.env.Rand().Uint64())
	}
	return b
}

func (r *PBFT) replayRecord(lsn node.LSN, record []byte) error {
	if len(record) == 0 {
		return errRecord
	}
	d := decoder{b: record[1:]}
	switch record[0] {
	case recordEpoch:
		r.journal.epoch = d.uvarint()
	case recordSeed:
		r.journal.seed = append([]byte(nil), d.b...)
	case recordKey:
		n := int(d.uvarint())
		if d.failed || n > len(d.b) {
			return errRecord
		}
		r.journal.keys[node.Addr(d.b[:n])] = append([]byte(nil), d.b[n:]...)
	case recordView:
		r.view, r.active = View(d.uvarint()), d.uvarint() == 1
	case recordNewView:
		return r.replayNewView(d.b)
	default:
		return r.replayNumber(lsn, record[0], &d)
	}
	if d.failed {
		return errRecord
	}
	return nil
}

// replayNewView enters the view of the message. The record is written again when the
// log is cut, so it may stand behind what was said in the view.
func (r *PBFT) replayNewView(b []byte) error {
	m := &NewView{}
	if err := wire.UnmarshalBody(b, m); err != nil {
		return err
	}
	r.newView, r.view, r.active = m, m.View, true
	return nil
}

// rebuild makes the slots of the present view from P, Q and what the view began with.
func (r *PBFT) rebuild() {
	if r.newView != nil && r.newView.View == r.view {
		for _, c := range r.newView.Chosen {
			s := r.slot(c.Seq)
			s.accepted, s.digest = true, c.Digest
		}
	}
	//parley:unordered each number has a slot of its own
	for n, all := range r.seen {
		for _, q := range all {
			if q.View == r.view {
				r.restate(r.slot(n), q.Digest)
			}
		}
	}
}

// restate has a slot as it was when this replica had accepted a batch.
func (r *PBFT) restate(s *slot, d Digest) {
	s.accepted, s.digest = true, d
	if !r.primary() {
		cast(s.prepares, r.group.self, d)
	}
	if p := r.prepared[s.seq]; p != nil && p.View == r.view {
		s.prepared = true
		cast(s.commits, r.group.self, d)
	}
}

// replayNumber restores what was said of a number.
func (r *PBFT) replayNumber(lsn node.LSN, record byte, d *decoder) error {
	var v View
	if record != recordBody && record != recordDecided {
		v = View(d.uvarint())
	}
	n := SeqNo(d.uvarint())
	if d.failed || n == 0 {
		return errRecord
	}
	r.journal.at(n, lsn)
	switch record {
	case recordAccept:
		return r.replayAccept(v, n, d.b)
	case recordPrepared:
		if len(d.b) != len(Digest{}) {
			return errRecord
		}
		r.notePrepared(v, n, Digest(d.b))
		r.floor = max(r.floor, n)
		return nil
	case recordBody:
		b := &Batch{}
		if err := wire.UnmarshalBody(d.b, b); err != nil {
			return err
		}
		r.keep(batchDigest(b.Requests), b.Requests, n)
		return nil
	case recordDecided:
		r.floor = max(r.floor, n)
		return nil
	}
	return errRecord
}

func (r *PBFT) replayAccept(v View, n SeqNo, b []byte) error {
	if len(b) < len(Digest{}) {
		return errRecord
	}
	digest, batch := Digest(b[:len(Digest{})]), &Batch{}
	if err := wire.UnmarshalBody(b[len(digest):], batch); err != nil {
		return err
	}
	r.noteSeen(v, n, digest)
	r.keep(digest, batch.Requests, n)
	return nil
}
