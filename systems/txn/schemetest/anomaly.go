package schemetest

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/parleysystems/parley/systems/txn/memory"
	"github.com/parleysystems/parley/systems/txn/scheme"
)

// Anomaly is an interleaving that isolation is there to prevent.
type Anomaly struct {
	Name, About string
	// Script is who does what, in order: "1 r x" reads, "1 w x 5" writes, "1 d x"
	// deletes, "1 s a c" scans from a up to c, "1 a" aborts and "1 c" commits. Initially
	// x and y are 0.
	Script string
	// Saw is what the transactions read if it happens, if that has to be said to tell
	// the anomaly from a lesser one.
	Saw []string
}

// Anomalies are the interleavings of docs/isolation.md. Names are those of Berenson et
// al. (1995), Adya (1999), Bailis et al. (2014) and Fekete, O'Neil and O'Neil (2004).
var Anomalies = []Anomaly{
	{"dirty write", "two write the same items, and each overwrites the other once", "1 w x 1; 2 w x 2; 2 w y 2; 1 w y 1; 1 c; 2 c", nil},
	{"dirty read", "somebody reads what is taken back", "1 w x 1; 2 r x; 1 a; 2 c", nil},
	{"intermediate read", "somebody reads what is not its writer's last word", "1 w x 1; 2 r x; 1 w x 2; 1 c; 2 c", nil},
	{"circular information flow", "each of two reads what the other has written", "1 w x 1; 2 w y 2; 1 r y; 2 r x; 1 c; 2 c", []string{"2", "1"}},
	{"fuzzy read", "an item changes between two reads", "1 r x; 2 w x 1; 2 c; 1 r x; 1 c", nil},
	{"phantom", "an item comes into a range between two scans", "1 s a m; 2 w e 1; 2 c; 1 s a m; 1 c", nil},
	{"predicate many preceders", "a scan misses an item that a wider one then shows", "1 s e m; 2 w f 1; 2 c; 1 s a m; 1 c", nil},
	{"lost update", "two read an item, and both write it", "1 r x; 2 r x; 1 w x 1; 1 c; 2 w x 2; 2 c", nil},
	{"read skew", "somebody reads one item before, and one after another's writes", "1 r x; 2 w x 1; 2 w y 1; 2 c; 1 r y; 1 c", nil},
	{"long fork", "two see two writes in different orders",
		"4 r x; 1 w x 1; 1 c; 3 r x; 3 r y; 2 w y 1; 2 c; 4 r y; 3 c; 4 c", nil},
	{"write skew", "two read both of two items, and each writes another", "1 r x; 1 r y; 2 r x; 2 r y; 1 w x 1; 2 w y 2; 1 c; 2 c", nil},
	{"write skew by predicate", "two find a range empty, and each puts something there", "1 s a m; 2 s a m; 1 w e 1; 2 w f 2; 1 c; 2 c", nil},
	{"read-only anomaly", "somebody who only reads sees what no order of two writers explains",
		"2 r x; 2 r y; 1 r y; 1 w y 20; 1 c; 3 r x; 3 r y; 3 c; 2 w x 11; 2 c", nil},
}

// Fate is what became of an interleaving.
type Fate struct {
	// Happened tells that no serial order of those who committed gives what they
	// read and what is left, and that they saw what they do if it happens.
	Happened bool
	// Aborts counts who was aborted, but for those whom the script lets abort, Waits
	// who had to wait.
	Aborts, Waits int
}

// String says in a word what kept the anomaly from happening, if anything did.
func (f Fate) String() string {
	switch {
	case f.Happened:
		return "**admitted**"
	case f.Aborts > 0:
		return "aborts"
	case f.Waits > 0:
		return "waits"
	}
	return "passes"
}

// step is one line of a script.
type step struct {
	verb        string
	key, second string // second is a value, or the end of a range
}

// played is a transaction of a script.
type played struct {
	steps     []step
	saw       []string // by each read and scan
	committed bool
}

// Run runs the interleaving under a scheme: in the order of the script, as far as
// nobody waits. Nobody begins anew.
func (a Anomaly) Run(under func(scheme.Store) scheme.Scheme) (Fate, error) {
	txns, order := a.parse()
	store := memory.New()
	store.Load("x", "0")
	store.Load("y", "0")
	initial := store.All()
	programs := make([]Program, len(txns))
	for i, t := range txns {
		programs[i] = func(q *Session) error {
			q.Once, q.Committed = true, func() { t.committed = true }
			return t.play(q)
		}
	}
	sessions, err := (&Stage{Rand: rand.New(rand.NewPCG(1, 1)), Scheme: under(store), Order: order}).Play(programs...)
	if err != nil {
		return Fate{}, fmt.Errorf("%s: %w", a.Name, err)
	}
	f := Fate{Happened: !serialized(txns, initial, store.All())}
	for i, saw := range a.Saw {
		f.Happened = f.Happened && slices.Equal(txns[i].saw, []string{saw})
	}
	for i, q := range sessions {
		f.Waits += q.Waits
		if last := txns[i].steps[len(txns[i].steps)-1]; last.verb != "a" {
			f.Aborts += q.Aborts
		}
	}
	return f, nil
}

// parse returns the transactions of a script, and in which order sessions go on: once
// more at the first step, which begins them.
func (a Anomaly) parse() (txns []*played, order []int) {
	for _, line := range strings.Split(a.Script, "; ") {
		words := append(strings.Fields(line), "", "")
		i := int(words[0][0] - '1')
		for len(txns) <= i {
			txns = append(txns, &played{})
		}
		if len(txns[i].steps) == 0 {
			order = append(order, i)
		}
		txns[i].steps = append(txns[i].steps, step{words[1], words[2], words[3]})
		order = append(order, i)
	}
	return txns, order
}

// play does what the script says; the commit is the session's.
func (t *played) play(q *Session) error {
	for _, s := range t.steps {
		switch s.verb {
		case "r":
			v, err := q.Get(s.key)
			if err != nil {
				return err
			}
			t.saw = append(t.saw, v)
		case "w":
			if err := q.Put(s.key, s.second); err != nil {
				return err
			}
		case "d":
			if err := q.Delete(s.key); err != nil {
				return err
			}
		case "s":
			found := ""
			err := q.Scan(scheme.Range{From: []byte(s.key), To: []byte(s.second)}, func(k, v string) error {
				found += k + "=" + v + " "
				return nil
			})
			if err != nil {
				return err
			}
			t.saw = append(t.saw, found)
		case "a":
			return &scheme.Abort{Reason: "given up"}
		}
	}
	return nil
}

// serialized tells whether some order of those who committed explains what they saw and
// what is left.
func serialized(txns []*played, initial, left map[string]string) bool {
	var done []*played
	for _, t := range txns {
		if t.committed {
			done = append(done, t)
		}
	}
	var extend func(state map[string]string, rest []*played) bool
	extend = func(state map[string]string, rest []*played) bool {
		if len(rest) == 0 {
			return maps.Equal(state, left)
		}
		for i, t := range rest {
			after := maps.Clone(state)
			if t.alone(after) && extend(after, slices.Concat(rest[:i], rest[i+1:])) {
				return true
			}
		}
		return false
	}
	return extend(initial, done)
}

// alone runs a transaction on a state, and tells whether it sees what it saw.
func (t *played) alone(state map[string]string) bool {
	var saw []string
	for _, s := range t.steps {
		switch s.verb {
		case "r":
			saw = append(saw, state[s.key])
		case "w":
			state[s.key] = s.second
		case "d":
			delete(state, s.key)
		case "s":
			found := ""
			for _, k := range slices.Sorted(maps.Keys(state)) {
				if k >= s.key && k < s.second {
					found += k + "=" + state[k] + " "
				}
			}
			saw = append(saw, found)
		}
	}
	return slices.Equal(saw, t.saw)
}
