package pbft

import (
	"crypto/sha256"
	"encoding/binary"
)

// A state is cut into pages, and its digest is the root of a tree over them: who
// holds the root can verify any page by itself, and two replicas find out which pages
// they differ in without sending the rest (§ 5.3 of TOCS). A node covers up to fanout
// children; a root at level 0 is a state of one page.
//
//	level 2                 root = H(2, size, children)
//	level 1          node = H(1, children)   node   ...
//	level 0       page = H(0, bytes)  page  page  ...
const fanout = 16

// state is the bytes of a checkpoint and the tree over them.
type state struct {
	seq      SeqNo
	bytes    []byte
	pageSize int
	levels   [][]Digest // levels[0] are the pages'
	root     Digest
}

// newState makes the tree: it is pure, and takes long for a large state.
func newState(seq SeqNo, b []byte, pageSize int) *state {
	s := &state{seq: seq, bytes: b, pageSize: pageSize}
	pages := make([]Digest, 0, len(b)/pageSize+1)
	for at := 0; at == 0 || at < len(b); at += pageSize {
		pages = append(pages, pageDigest(b[at:min(at+pageSize, len(b))]))
	}
	s.levels = [][]Digest{pages}
	for len(s.top()) > 1 {
		below := s.top()
		above := make([]Digest, 0, (len(below)+fanout-1)/fanout)
		for at := 0; at < len(below); at += fanout {
			above = append(above, nodeDigest(len(s.levels), below[at:min(at+fanout, len(below))]))
		}
		s.levels = append(s.levels, above)
	}
	s.root = rootDigest(len(b), len(s.levels)-1, s.top()[0])
	return s
}

func (s *state) top() []Digest { return s.levels[len(s.levels)-1] }

// page returns the bytes of a page.
func (s *state) page(i uint64) []byte {
	from := int(i) * s.pageSize
	return s.bytes[from:min(from+s.pageSize, len(s.bytes))]
}

// children returns the digests below a node.
func (s *state) children(level int, i uint64) []Digest {
	below := s.levels[level-1]
	from := int(i) * fanout
	return below[from:min(from+fanout, len(below))]
}

// has tells whether the tree has such a part.
func (s *state) has(level uint8, i uint64) bool {
	return int(level) < len(s.levels) && i < uint64(len(s.levels[level]))
}

func pageDigest(b []byte) Digest {
	h := sha256.New()
	h.Write([]byte{forPage})
	h.Write(b)
	return Digest(h.Sum(nil))
}

func nodeDigest(level int, children []Digest) Digest {
	h := sha256.New()
	h.Write([]byte{forNode, byte(level)})
	for _, d := range children {
		h.Write(d[:])
	}
	return Digest(h.Sum(nil))
}

// rootDigest binds the shape: how many bytes there are, and how high the tree is.
func rootDigest(size, level int, top Digest) Digest {
	return sha256.Sum256(append(rootData(size, level, top), forNode))
}

// rootData is what a root is the digest of.
func rootData(size, level int, top Digest) []byte {
	b := binary.BigEndian.AppendUint64(nil, uint64(size))
	return append(append(b, byte(level)), top[:]...)
}

// height returns how many levels a state of some size has.
func height(size, pageSize int) int {
	levels := 1
	for n := pagesOf(size, pageSize); n > 1; n = (n + fanout - 1) / fanout {
		levels++
	}
	return levels
}

func pagesOf(size, pageSize int) int { return max(1, (size+pageSize-1)/pageSize) }
