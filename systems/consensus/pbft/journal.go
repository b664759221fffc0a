package pbft

import (
	"encoding/binary"
	"fmt"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// What outlives a crash is one stream of records in the host's write-ahead log, and
// the newest stable checkpoint in a file. A record is a type, numbers as uvarint, and
// bytes:
//
//	33 epoch                   of the keys; a host never has one twice
//	34 seed                    of the signing key
//	35 host key                a public key that was shown in an introduction
//	36 view active             which view this replica is in
//	37 newview                 the message that began the view
//	38 view n digest batch     accepted: what a prepare or pre-prepare speaks of
//	39 view n digest           prepared: what a commit speaks of
//	40 n batch                 the requests of a batch that was decided elsewhere
//	41 n                       decided, on the word of others
//
// By the output rule, what is said leaves after what it rests on is durable: so a
// replica that restarts has its P, its Q and its view, and is not a faulty one.
const (
	recordEpoch    = 33
	recordSeed     = 34
	recordKey      = 35
	recordView     = 36
	recordNewView  = 37
	recordAccept   = 38
	recordPrepared = 39
	recordBody     = 40
	recordDecided  = 41
)

// streamName is the stream in the host's write-ahead log.
const streamName = "log"

// journal writes the stream. It knows where the first record of each number stands.
type journal struct {
	stream node.Log
	first  map[SeqNo]node.LSN
	epoch  uint64
	seed   []byte
	keys   map[node.Addr][]byte
	spare  []byte // of the last record
}

func (j *journal) append(record byte, bytes []byte, numbers ...uint64) node.LSN {
	return j.write(append(j.begin(record, numbers...), bytes...))
}

// begin begins a record, in the place of the last one: the log has copied that.
func (j *journal) begin(record byte, numbers ...uint64) []byte {
	b := append(j.spare[:0], record)
	for _, n := range numbers {
		b = binary.AppendUvarint(b, n)
	}
	return b
}

// maxSpare bounds what is kept of a long record.
const maxSpare = 1 << 20

func (j *journal) write(b []byte) node.LSN {
	if j.spare = b; cap(b) > maxSpare {
		j.spare = nil
	}
	return j.stream.Append(b)
}

// at notes that a record of a number stands at a place.
func (j *journal) at(n SeqNo, lsn node.LSN) {
	if _, known := j.first[n]; !known {
		j.first[n] = lsn
	}
}

func (j *journal) view(v View, active bool) node.LSN {
	a := uint64(0)
	if active {
		a = 1
	}
	return j.append(recordView, nil, uint64(v), a)
}

func (j *journal) newView(m *NewView) node.LSN {
	return j.write(appendEncoded(j.begin(recordNewView), m))
}

func (j *journal) accept(v View, n SeqNo, d Digest, batch []*Request) {
	b := append(j.begin(recordAccept, uint64(v), uint64(n)), d[:]...)
	j.at(n, j.write(appendEncoded(b, &Batch{Requests: batch})))
}

func (j *journal) prepared(v View, n SeqNo, d Digest) {
	j.at(n, j.append(recordPrepared, d[:], uint64(v), uint64(n)))
}

func (j *journal) body(n SeqNo, batch []*Request) {
	j.at(n, j.write(appendEncoded(j.begin(recordBody, uint64(n)), &Batch{Requests: batch})))
}

func (j *journal) decided(n SeqNo) { j.at(n, j.append(recordDecided, nil, uint64(n))) }

// saveEpoch is durable before anything that is authenticated in the epoch leaves.
func (j *journal) saveEpoch(e uint64) node.LSN {
	j.epoch = e
	return j.append(recordEpoch, nil, e)
}

func (j *journal) saveSeed(seed []byte) node.LSN {
	j.seed = seed
	return j.append(recordSeed, seed)
}

func (j *journal) saveKey(a node.Addr, key []byte) node.LSN {
	j.keys[a] = key
	return j.append(recordKey, append([]byte(a), key...), uint64(len(a)))
}

func appendEncoded(b []byte, m any) []byte {
	b, err := wire.AppendBody(b, m)
	if err != nil {
		panic(fmt.Sprintf("pbft: encode a %T: %v", m, err)) // within bounds that were checked
	}
	return b
}

// trim gives back what a durable checkpoint at n has made superfluous: what is not
// about a number is written anew, and the stream cut before the first record of a
// number that is kept.
func (r *PBFT) trim(n SeqNo) {
	j := &r.journal
	before := j.saveEpoch(j.epoch)
	if j.seed != nil {
		j.saveSeed(j.seed)
	}
	for _, a := range r.keys.hosts() {
		if key := j.keys[a]; key != nil {
			j.saveKey(a, key)
		}
	}
	if r.newView != nil {
		j.newView(r.newView)
	}
	j.view(r.view, r.active)
	for seq, lsn := range j.first {
		if seq <= n {
			delete(j.first, seq)
		} else {
			before = min(before, lsn)
		}
	}
	r.env.Durable(func() { j.stream.Trim(before) })
}
