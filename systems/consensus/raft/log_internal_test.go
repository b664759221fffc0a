package raft

import "testing"

// §5.3: where two logs may begin to agree. An entry whose term is too high is
// never it, the base neither: a leader that asked about its base again and
// again would never send the snapshot that the follower needs.
func TestLastAtOrBelow(t *testing.T) {
	l := entryLog{base: 26, baseTerm: 18, entries: []Entry{{Term: 18}, {Term: 19}, {Term: 21}}}
	for _, c := range []struct {
		index     Index
		term      Term
		wantIndex Index
		wantTerm  Term
	}{
		{29, 21, 29, 21},
		{99, 99, 29, 21},
		{29, 20, 28, 19},
		{28, 18, 27, 18},
		{26, 18, 26, 18},
		{26, 17, 25, 0},
		{29, 17, 25, 0},
		{12, 17, 12, 0},
	} {
		if i, term := l.lastAtOrBelow(c.index, c.term); i != c.wantIndex || term != c.wantTerm {
			t.Errorf("last at or below index %d and term %d: %d of term %d, want %d of term %d",
				c.index, c.term, i, term, c.wantIndex, c.wantTerm)
		}
	}
	empty := entryLog{}
	if i, term := empty.lastAtOrBelow(3, 2); i != 0 || term != 0 {
		t.Errorf("of an empty log: %d of term %d", i, term)
	}
}
