package shuffle

import (
	"errors"
	"io"
)

// Merge reads sorted inputs as one. It is a tournament: every pair that leaves
// costs one comparison a level. Inputs with equal keys come in their order.
type Merge struct {
	readers []*Reader
	losers  []int // losers[0] is the winner; losers[i] lost the match at node i
	live    []bool
	begun   bool
	passed  int64
	err     error
}

// NewMerge returns the merge of inputs, each one part of a run. Buffers come out
// of budget until Close.
func NewMerge(inputs []*io.SectionReader, budget *Budget) (*Merge, error) {
	m := &Merge{live: make([]bool, 0, len(inputs))}
	for _, in := range inputs {
		if in.Size() == 0 {
			continue
		}
		r, err := NewReader(in, budget)
		m.readers = append(m.readers, r)
		if err != nil {
			m.Close()
			return nil, err
		}
	}
	m.live = make([]bool, len(m.readers))
	m.losers = make([]int, max(1, len(m.readers)))
	return m, nil
}

// Close gives the buffers back.
func (m *Merge) Close() {
	for _, r := range m.readers {
		r.Close()
	}
	m.readers = nil
}

// Next goes to the next pair; it returns false at the end, and after an error.
func (m *Merge) Next() bool {
	if len(m.readers) == 0 || m.err != nil {
		return false
	}
	if !m.begun {
		m.begin()
	} else {
		m.advance(m.losers[0])
		m.replay(m.losers[0])
	}
	if m.err != nil || !m.live[m.losers[0]] {
		return false
	}
	m.passed += int64(len(m.Key()) + len(m.Value()))
	return true
}

// Passed returns how many bytes of keys and values it has yielded, which is a little
// less than what it has read.
func (m *Merge) Passed() int64 { return m.passed }

// Key returns the current pair's key, valid until Next.
func (m *Merge) Key() []byte { return m.readers[m.losers[0]].key }

// Value returns the current pair's value, valid until Next.
func (m *Merge) Value() []byte { return m.readers[m.losers[0]].value }

// Err returns what ended the merge before the end of its inputs.
func (m *Merge) Err() error { return m.err }

func (m *Merge) advance(i int) {
	m.live[i] = m.readers[i].Next()
	m.err = errors.Join(m.err, m.readers[i].Err())
}

// begin plays all matches: the leaves are nodes n to 2n-1, the parent of a node
// is half of it.
func (m *Merge) begin() {
	m.begun = true
	n := len(m.readers)
	winners := make([]int, 2*n)
	for i := range n {
		m.advance(i)
		winners[n+i] = i
	}
	for node := n - 1; node > 0; node-- {
		a, b := winners[2*node], winners[2*node+1]
		if m.before(b, a) {
			a, b = b, a
		}
		winners[node], m.losers[node] = a, b
	}
	m.losers[0] = winners[1]
	if n == 1 {
		m.losers[0] = 0
	}
}

// replay lets reader i, which won and has moved on, play against those that lost
// to it.
func (m *Merge) replay(i int) {
	for node := (len(m.readers) + i) / 2; node > 0; node /= 2 {
		if m.before(m.losers[node], i) {
			i, m.losers[node] = m.losers[node], i
		}
	}
	m.losers[0] = i
}

func (m *Merge) before(i, j int) bool {
	if !m.live[i] || !m.live[j] {
		return m.live[i]
	}
	a, b := m.readers[i], m.readers[j]
	if a.prefix != b.prefix {
		return a.prefix < b.prefix
	}
	if c := compareTails(a.key, b.key); c != 0 {
		return c < 0
	}
	return i < j
}
