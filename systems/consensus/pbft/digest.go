package pbft

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/parleysystems/parley/kernel/wire"
)

// What is authenticated or hashed begins with a letter for its kind, so that no
// bytes of one kind can be taken for another's.
const (
	forRequest    = 'r'
	forBatch      = 'b'
	forPrePrepare = 'p'
	forPrepare    = 'q'
	forCommit     = 'c'
	forReply      = 'a'
	forCheckpoint = 'k'
	forViewChange = 'v'
	forNewView    = 'n'
	forStatus     = 's'
	forDoubt      = 'd'
	forDecided    = 'z'
	forIntroduce  = 'i'
	forNewKey     = 'e'
	forFollow     = 'f'
	forPage       = 'l'
	forNode       = 't'
)

// digest names a request. What is not covered may differ between copies.
func (m *Request) digest() Digest {
	b := make([]byte, 0, 64+len(m.Op))
	b = append(b, forRequest, byte(m.Kind))
	b = binary.BigEndian.AppendUint64(b, uint64(m.Timestamp))
	b = binary.BigEndian.AppendUint32(b, uint32(len(m.Client)))
	b = append(b, m.Client...)
	return sha256.Sum256(append(b, m.Op...))
}

// batchDigest names a batch; that of none is the null request's.
func batchDigest(requests []*Request) Digest {
	b := make([]byte, 0, 1+len(requests)*len(Digest{}))
	b = append(b, forBatch)
	for _, m := range requests {
		d := m.digest()
		b = append(b, d[:]...)
	}
	return sha256.Sum256(b)
}

// null is the digest of the batch that does nothing.
var null = batchDigest(nil)

// ordering is what a pre-prepare, prepare or commit says.
func ordering(kind byte, v View, n SeqNo, d Digest, id ReplicaID) []byte {
	b := make([]byte, 0, 50)
	b = append(b, kind, byte(id))
	b = binary.BigEndian.AppendUint64(b, uint64(v))
	b = binary.BigEndian.AppendUint64(b, uint64(n))
	return append(b, d[:]...)
}

func (m *PrePrepare) content() []byte {
	return ordering(forPrePrepare, m.View, m.Seq, m.Digest, m.Replica)
}
func (m *Prepare) content() []byte {
	return ordering(forPrepare, m.View, m.Seq, m.Digest, m.Replica)
}
func (m *Commit) content() []byte {
	return ordering(forCommit, m.View, m.Seq, m.Digest, m.Replica)
}

// content binds the result by its digest.
func (m *Reply) content() []byte {
	b := ordering(forReply, m.View, SeqNo(m.Timestamp), m.Digest, m.Replica)
	if m.Tentative {
		b = append(b, 1)
	} else {
		b = append(b, 0)
	}
	return append(b, m.Client...)
}

func (m *Status) content() []byte {
	b := ordering(forStatus, m.View, m.Stable, Digest{}, m.Replica)
	if m.Active {
		b = append(b, 1)
	}
	return binary.BigEndian.AppendUint64(b, uint64(m.Executed))
}

func (m *Decided) content() []byte {
	return ordering(forDecided, 0, m.Seq, m.Digest, m.Replica)
}

func (m *Follow) content() []byte {
	b := binary.BigEndian.AppendUint64([]byte{forFollow}, uint64(m.Stable))
	return append(binary.BigEndian.AppendUint64(b, uint64(m.Executed)), m.Host...)
}

func (m *Doubt) content() []byte {
	b := []byte{forDoubt, byte(m.Replica), 0}
	if m.Ended {
		b[2] = 1
	}
	return append(binary.BigEndian.AppendUint64(b, uint64(m.Stamp)), m.Client...)
}

func (m *Checkpoint) content() []byte {
	return ordering(forCheckpoint, 0, m.Seq, m.Digest, m.Replica)
}

func (m *Introduce) content() []byte {
	return append(append([]byte{forIntroduce}, m.Public...), m.Host...)
}

func (m *NewKey) content() []byte {
	b := binary.BigEndian.AppendUint64([]byte{forNewKey}, m.Epoch)
	return append(append(b, m.Session...), m.Host...)
}

func (m *ViewChange) content() []byte {
	unsigned := *m
	unsigned.Signature = nil
	return canonical(forViewChange, &unsigned)
}

// content covers the view changes whole, signatures included.
func (m *NewView) content() []byte {
	unsigned := *m
	unsigned.Signature = nil
	return canonical(forNewView, &unsigned)
}

// canonical is the one encoding of a message.
func canonical(kind byte, m any) []byte {
	b, err := wire.AppendBody([]byte{kind}, m)
	if err != nil {
		// Too large to be encoded: nobody could have sent it, nor signed it.
		return nil
	}
	return b
}
