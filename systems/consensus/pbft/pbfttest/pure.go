package pbfttest

import (
	"errors"
	"fmt"
	"math/bits"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/systems/consensus/pbft"
)

// proof is an experiment without a world: everything there is, is tried.
type proof struct {
	name, question, hosts string
	canon                 []string
	prove                 func(stats map[string]float64) error
}

func (p proof) register() *experiment.Experiment {
	return experiment.Register(&experiment.Experiment{
		System: "pbft", Name: p.name, Question: p.question, Canon: p.canon, Once: true, Hosts: p.hosts,
		Run: func(_ uint64, o experiment.Options) experiment.Result {
			r := experiment.Result{Verdict: check.OK, Stats: map[string]float64{}}
			if err := p.prove(r.Stats); err != nil {
				r.Verdict, r.Violation = check.Violation, err.Error()
			}
			return r
		},
	})
}

// Quorums enumerates all pairs of quorums and all sets of liars.
var Quorums = proof{
	name: "quorums", hosts: "1 to 13",
	question: `Is a quorum right? For all groups up to 13: without f liars there must be a quorum of correct replicas, two quorums must share more than f, and no quorum
size whatsoever may do both for f+1. For 4 and 7 replicas all pairs of quorums and all sets of f liars are gone through: each intersection must hold a correct
replica; with sizes of 2f some must not.`,
	canon: []string{"pbft.quorum.overlap", "pbft.bound.3f-plus-1"},
	prove: func(stats map[string]float64) error {
		for n := 1; n <= 13; n++ {
			f, q := pbft.Faults(n), pbft.Quorum(n)
			if f != (n-1)/3 || n-f < q || 2*q-n <= f {
				return fmt.Errorf("%d replicas with %d liars: quorums of %d are not to be had, or may share liars only", n, f, q)
			}
			for q := 1; q <= n-f-1; q++ {
				if 2*q-n > f+1 {
					return fmt.Errorf("%d replicas survive %d liars, more than %d, by quorums of %d", n, f+1, f, q)
				}
			}
		}
		for _, n := range []int{4, 7} {
			f := pbft.Faults(n)
			if bad := liarsOnly(n, pbft.Quorum(n), f); bad > 0 {
				return fmt.Errorf("%d pairs of quorums of %d have only liars in common", bad, n)
			}
			stats[fmt.Sprintf("pairs of 2f with liars only, n=%d", n)] = float64(liarsOnly(n, 2*f, f))
			if liarsOnly(n, 2*f, f) == 0 {
				return fmt.Errorf("quorums of 2f of %d would do as well", n)
			}
		}
		return nil
	},
}.register()

// liarsOnly counts pairs of sets of q of n replicas and sets of f liars such that what
// the pair has in common lies within the liars.
func liarsOnly(n, q, f int) (count int) {
	for a := range 1 << n {
		for b := range 1 << n {
			if bits.OnesCount(uint(a)) != q || bits.OnesCount(uint(b)) != q {
				continue
			}
			for liars := range 1 << n {
				if bits.OnesCount(uint(liars)) == f && a&b&^liars == 0 {
					count++
				}
			}
		}
	}
	return count
}

// NewViewRule tries every reachable past of one number over three views.
var NewViewRule = proof{
	name: "new-view-rule", hosts: "4",
	question: `Does the computation of a new view keep what may have committed? Exhaustively, for 4 replicas of which one lies, one number, two batches and three
views: every way in which the correct replicas may have accepted and prepared batches in view 0, every lie in a view change, every quorum whose view changes view 1
begins with, again every way in view 1, every lie, every quorum for view 2. A batch that f+1 correct replicas have prepared in one view may
have committed: each later view must choose it. And with all correct replicas' view changes there must always be a choice.`,
	canon: []string{
		"pbft.viewchange.new-view-certificate", "pbft.viewchange.committed-operations-survive", "pbft.commit.local-implies-committed",
		"pbft.quorum.overlap", "pbft.prepare.agreement-within-view",
	},
	prove: func(stats map[string]float64) error {
		m := &pasts{stats: stats}
		m.views(0, [3]memoryOf{}, pbft.Digest{}, false)
		return m.broken
	},
}.register()

// memoryOf is what a correct replica tells in a view change about the one number: the
// batch that it prepared last, and the latest view in which it accepted each.
type memoryOf struct {
	prepared   pbft.Digest
	preparedIn pbft.View
	has        bool
	seen       [2]int // view + 1, 0 for never
}

var (
	batchX  = pbft.Digest{'x'}
	batchY  = pbft.Digest{'y'}
	batches = [2]pbft.Digest{batchX, batchY}
)

// pasts goes through them.
type pasts struct {
	stats  map[string]float64
	broken error
}

const lastView = 2

// views plays view v: its primary proposes what was chosen, or, in view 0, lies.
func (m *pasts) views(v pbft.View, now [3]memoryOf, committed pbft.Digest, may bool) {
	for accepted := range 27 { // each correct replica: none, x, y
		next := now
		var votes [2]int
		choice := [3]int{accepted % 3, accepted / 3 % 3, accepted / 9}
		if choice[0] > choice[1] || choice[1] > choice[2] {
			continue // the replicas are alike: another order of the same
		}
		for i, c := range choice {
			if c > 0 {
				next[i].seen[c-1] = int(v) + 1
				votes[c-1]++
			}
		}
		m.prepare(v, next, choice, votes, committed, may)
	}
}

// prepare lets every set of replicas be prepared that can be: with the liar's vote
// there must be a quorum that accepted the same.
func (m *pasts) prepare(v pbft.View, now [3]memoryOf, choice [3]int, votes [2]int, committed pbft.Digest, may bool) {
	for set := range 8 {
		next, count, ok := now, [2]int{}, true
		for i, c := range choice {
			if set>>i&1 == 0 {
				continue
			}
			if c == 0 || votes[c-1]+1 < 3 {
				ok = false
				break
			}
			next[i].prepared, next[i].preparedIn, next[i].has = batches[c-1], v, true
			count[c-1]++
		}
		if !ok {
			continue
		}
		committed, may := committed, may
		for b, n := range count {
			if n < 2 {
				continue
			}
			if may && batches[b] != committed {
				m.fail("both batches may have committed, the second in view %d", v)
			}
			committed, may = batches[b], true
		}
		m.change(v, next, committed, may)
	}
}

func (m *pasts) fail(format string, args ...any) {
	if m.broken == nil {
		m.broken = fmt.Errorf(format, args...)
	}
}

// change begins view v+1 from every quorum and every lie.
func (m *pasts) change(v pbft.View, now [3]memoryOf, committed pbft.Digest, may bool) {
	if m.broken != nil {
		return
	}
	var honest []*pbft.ViewChange
	for i, r := range now {
		honest = append(honest, r.message(pbft.ReplicaID(i), v+1))
	}
	if !pbft.Decide(honest, 4).Complete {
		m.fail("all correct replicas' view changes for view %d do not suffice", v+1)
	}
	for _, lie := range liesIn(v + 1) {
		for left := range 5 { // who is left out; 4: nobody
			all := append([]*pbft.ViewChange(nil), honest...)
			all = append(all, lie)
			if left < 4 {
				all = append(all[:left], all[left+1:]...)
			}
			m.chosen(v+1, now, pbft.Decide(all, 4), committed, may)
		}
	}
}

// chosen judges a choice, and goes on with it.
func (m *pasts) chosen(v pbft.View, now [3]memoryOf, d pbft.Decision, committed pbft.Digest, may bool) {
	if !d.Complete {
		return
	}
	m.stats["choices"]++
	got := pbft.BatchDigest(nil)
	if len(d.Chosen) > 0 {
		got = d.Chosen[0].Digest
	}
	if may && got != committed {
		m.fail("view %d begins with batch %q, and %q may have committed", v, got[:1], committed[:1])
		return
	}
	if v == lastView || got != batchX && got != batchY {
		return // a null batch: nothing of either can be prepared any more in this view
	}
	which := 1
	if got == batchY {
		which = 2
	}
	for accepted := range 8 {
		next := now
		var choice [3]int
		var votes [2]int
		for i := range 3 {
			if accepted>>i&1 == 1 {
				choice[i] = which
				next[i].seen[which-1] = int(v) + 1
				votes[which-1]++
			}
		}
		m.prepare(v, next, choice, votes, committed, may)
	}
}

func (r *memoryOf) message(from pbft.ReplicaID, v pbft.View) *pbft.ViewChange {
	m := &pbft.ViewChange{View: v, Replica: from}
	if r.has {
		m.Prepared = append(m.Prepared, prepared(1, r.prepared, r.preparedIn))
	}
	for b, in := range r.seen {
		if in > 0 {
			m.Seen = append(m.Seen, seenAt(1, batches[b], pbft.View(in-1)))
		}
	}
	return m
}

// liesIn is everything that the liar can say of the number in a view change for v.
func liesIn(v pbft.View) (all []*pbft.ViewChange) {
	for in := pbft.View(0); in <= v; in++ { // in == v: nothing prepared
		for _, b := range batches {
			for saw := range 3 {
				m := &pbft.ViewChange{View: v, Replica: 3}
				if in < v {
					m.Prepared = append(m.Prepared, prepared(1, b, in))
				}
				if saw < 2 {
					m.Seen = append(m.Seen, seenAt(1, batches[saw], v-1))
				}
				all = append(all, m)
			}
		}
	}
	return all
}

// FewWitnesses is the quiz claim.
var FewWitnesses = proof{
	name: "few-witnesses", hosts: "7",
	question: `Are f+1 others that have an operation proof that it is safe? Seven replicas, two of them liars: an observer sees three others with a batch, two of which lie, so
that only two correct ones hold it. A view change of the other five must be able to drop it. If 2f+1 replicas have sent commits, of which two may
lie, so that three correct ones are prepared, then no set of five view changes, whatever the liars say in theirs, may drop it.`,
	canon: []string{"pbft.claim.f-plus-1-writes-commit", "pbft.commit.committed-predicates"},
	prove: func(stats map[string]float64) error {
		say := func(holders int, lie *pbft.ViewChange) (all []*pbft.ViewChange) {
			holder := memoryOf{prepared: batchX, has: true, seen: [2]int{1, 0}}
			for i := range 5 {
				r := memoryOf{seen: [2]int{1, 0}} // all have accepted it
				if i < holders {
					r = holder
				}
				all = append(all, r.message(pbft.ReplicaID(i), 1))
			}
			return append(all, lie, lie)
		}
		dropped := func(holders int) (count int) {
			for _, lie := range liesIn(1) {
				all := say(holders, lie)
				for set := range 1 << 7 {
					if bits.OnesCount(uint(set)) < 5 {
						continue
					}
					var some []*pbft.ViewChange
					for i, m := range all {
						if set>>i&1 == 1 {
							some = append(some, m)
						}
					}
					d := pbft.Decide(some, 7)
					if d.Complete && (len(d.Chosen) == 0 || d.Chosen[0].Digest != batchX) {
						count++
					}
				}
			}
			return count
		}
		stats["ways to drop what two correct replicas hold"] = float64(dropped(2))
		if dropped(2) == 0 {
			return errors.New("two correct replicas with a batch are enough to keep it")
		}
		if n := dropped(3); n > 0 {
			return fmt.Errorf("%d sets of view changes drop what three correct replicas have prepared", n)
		}
		return nil
	},
}.register()
