package pbft

// Decision is what a set of view changes implies for a new view.
type Decision struct {
	Complete bool // the view changes suffice
	Start    SeqNo
	Chosen   []*Choice
}

// Decide computes what a new view begins with: for each number above the latest
// stable checkpoint, the batch that may have committed in an earlier view, or the
// null batch where none can have (§ 4.5.2 of TOCS). It is a pure function, which the
// primary and every backup compute.
//
// It does not depend on which quorum's messages they are what is kept: a batch that
// committed is prepared at f+1 replicas that are not faulty, and every quorum has
// one of them.
func Decide(changes []*ViewChange, n int) Decision {
	d := Decision{Complete: true}
	last := SeqNo(0)
	for _, m := range changes {
		d.Start = max(d.Start, m.Stable)
		for _, p := range m.Prepared {
			last = max(last, p.Seq)
		}
	}
	for seq := d.Start + 1; seq <= last; seq++ {
		digest, ok := choose(changes, seq, n)
		if !ok {
			return Decision{}
		}
		d.Chosen = append(d.Chosen, &Choice{Seq: seq, Digest: digest})
	}
	return d
}

// choose returns what must have a number: a batch that some replica prepared, if
// condition A holds for it, else, by condition B, the null batch.
func choose(changes []*ViewChange, seq SeqNo, n int) (Digest, bool) {
	for _, m := range changes {
		if p := m.preparedAt(seq); p != nil && mayHaveCommitted(changes, p, n) {
			return p.Digest, true
		}
	}
	without := 0
	for _, m := range changes {
		if m.preparedAt(seq) == nil {
			without++
		}
	}
	return null, without >= Quorum(n)
}

// mayHaveCommitted is condition A: (A1) a quorum has prepared nothing else at the
// number in that view or a later one, so nothing else can have committed; and (A2)
// f+1 have pre-prepared the batch, so one that is not faulty has its requests and
// vouches that it was not made up.
func mayHaveCommitted(changes []*ViewChange, p *Prepared, n int) bool {
	silent, seen := 0, 0
	for _, m := range changes {
		other := m.preparedAt(p.Seq)
		//parley:rule pbft.viewchange.new-view-certificate pbft.commit.local-implies-committed value=true
		agrees := other == nil || other.View < p.View || other.View == p.View && other.Digest == p.Digest
		if agrees {
			silent++
		}
		if m.sawAt(p) {
			seen++
		}
	}
	return silent >= Quorum(n) && seen > Faults(n)
}

func (m *ViewChange) preparedAt(n SeqNo) *Prepared {
	for _, p := range m.Prepared {
		if p.Seq == n {
			return p
		}
	}
	return nil
}

// sawAt tells whether the sender has pre-prepared a batch in its view or a later one.
func (m *ViewChange) sawAt(p *Prepared) bool {
	for _, q := range m.Seen {
		if q.Seq == p.Seq && q.Digest == p.Digest && q.View >= p.View {
			return true
		}
	}
	return false
}
