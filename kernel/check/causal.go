package check

import (
	"fmt"

	"github.com/parleysystems/parley/kernel/workload"
)

// Registers is a history of reads and writes of a store's keys.
type Registers = workload.History[workload.Request, workload.Response]

// Causal decides whether a history of reads and writes is causally consistent:
// for each client there is one order of all writes and the client's own reads
// that is legal and keeps causality, which is each client's own order, that of a
// write before what read it, and what follows from the two (Ahamad, Neiger,
// Burns, Kohli and Hutto, "Causal memory", 1995). Different clients may have
// different orders.
//
// No two writes of a key may write the same value, so that a read tells which
// write it saw; other histories, and other verbs, get no verdict. The time that
// the judge takes grows with a low power of the history's length: it looks for
// the patterns that a violation must contain (Bouajjani, Enea, Guerraoui and
// Hamza, "On verifying causal consistency", 2017).
func Causal(h Registers) Judgement {
	return causally("causal", h, func(c *causality) string {
		for _, client := range c.clients() {
			if why := c.view(client); why != "" {
				return why
			}
		}
		return ""
	})
}

// CausalPlus decides whether a history is causally consistent and convergent:
// there is one order of all writes that keeps causality, and each read returns
// the last write of its key, in that order, of those that causally precede it.
// It neither implies Causal nor follows from it; sequential consistency implies
// both.
func CausalPlus(h Registers) Judgement {
	return causally("causal+", h, (*causality).arbitration)
}

func causally(name string, h Registers, decide func(*causality) string) Judgement {
	j := Judgement{Verdict: Violation, Judge: name, Operations: len(h)}
	c, undecided := newCausality(h)
	if undecided != "" {
		j.Verdict, j.Why = Unknown, undecided
		return j
	}
	if j.Why = c.basic(); j.Why == "" {
		j.Why = decide(c)
	}
	if j.Why == "" {
		j.Verdict = OK
	}
	return j
}

// causality is the operations of a history that say something, and the causal
// order among them.
type causality struct {
	ops   Registers
	from  []int // of a read: the place of the write that it saw, or one of the two below
	order *relation
}

const (
	initial = -1 // a read of what was there before all writes
	thinAir = -2 // a read of what nobody wrote
)

// newCausality sorts out a history, or says why it cannot.
func newCausality(h Registers) (c *causality, undecided string) {
	type value struct{ key, value string }
	writers, read := map[value]int{}, map[value]bool{}
	for i := range h {
		in := value{h[i].In.Key, h[i].In.Value}
		switch {
		case h[i].Outcome == workload.Failed:
		case h[i].In.Verb == workload.Read:
			if h[i].Outcome == workload.OK {
				read[value{h[i].In.Key, h[i].Out.Value}] = true
			}
		case h[i].In.Verb != workload.Write || in.value == "":
			return nil, fmt.Sprintf("%v is neither a read nor a write of a value", h[i].In)
		default:
			if other, twice := writers[in]; twice {
				return nil, fmt.Sprintf("operations %d and %d write the same value", other, i)
			}
			writers[in] = i
		}
	}
	c = &causality{}
	place := map[int]int{}
	for i := range h {
		write := h[i].In.Verb == workload.Write && h[i].Outcome == workload.Unknown && read[value{h[i].In.Key, h[i].In.Value}]
		if h[i].Outcome == workload.OK || write {
			place[i] = len(c.ops)
			c.ops = append(c.ops, h[i])
		}
	}
	c.from = make([]int, len(c.ops))
	for i := range c.ops {
		op := &c.ops[i]
		writer, written := writers[value{op.In.Key, op.Out.Value}]
		switch {
		case op.In.Verb != workload.Read:
		case op.Out.Value == "":
			c.from[i] = initial
		case !written:
			c.from[i] = thinAir
		default:
			c.from[i] = place[writer]
		}
	}
	c.order = c.causes()
	return c, ""
}

// causes is the causal order. A write of unknown outcome comes after what its
// client did before, and holds nothing back but what has read it.
func (c *causality) causes() *relation {
	order := newRelation(len(c.ops))
	for j := range c.ops {
		op := &c.ops[j]
		for i := range c.ops[:j] {
			e := &c.ops[i]
			//parley:rule consistency.spectrum.strict-inclusion force=false
			if e.Outcome == workload.OK && e.Client == op.Client && e.Before(op) {
				order.add(i, j)
			}
		}
		if c.saw(j) {
			order.add(c.from[j], j)
		}
	}
	order.close()
	return order
}

// saw tells whether an operation is a read of somebody's write.
func (c *causality) saw(i int) bool { return c.reads(i) && c.from[i] >= 0 }

func (c *causality) reads(i int) bool { return c.ops[i].In.Verb == workload.Read }

func (c *causality) line(i int) string {
	op := &c.ops[i]
	if c.reads(i) {
		return fmt.Sprintf("#%d client %d: %v -> %s", op.ID, op.Client, op.In, op.Out.Render(op.In.Verb))
	}
	return fmt.Sprintf("#%d client %d: %v", op.ID, op.Client, op.In)
}

// basic finds what no sort of causal consistency allows.
func (c *causality) basic() string {
	if i, cyclic := c.order.cycle(); cyclic {
		return "an operation is among its own causes:\n  " + c.line(i)
	}
	for r := range c.ops {
		if c.reads(r) && c.from[r] == thinAir {
			return "nobody wrote what was read:\n  " + c.line(r)
		}
	}
	return c.overwritten(c.order, -1)
}

// overwritten finds a read that returns a write although, by order, a later one
// of the key came before the read. client narrows it to that client's reads; -1
// is all.
func (c *causality) overwritten(order *relation, client int) string {
	for r := range c.ops {
		if !c.reads(r) || client >= 0 && c.ops[r].Client != client {
			continue
		}
		for w := range c.ops {
			if !c.rival(w, r) || !order.has(w, r) {
				continue
			}
			if c.from[r] == initial {
				return fmt.Sprintf("the read misses a write that came before it:\n  %s\n  %s", c.line(w), c.line(r))
			}
			if order.has(c.from[r], w) {
				return fmt.Sprintf("the read returns what had been overwritten:\n  %s\n  %s\n  %s",
					c.line(c.from[r]), c.line(w), c.line(r))
			}
		}
	}
	return ""
}

// rival tells whether w is a write of the key that r reads, and not the one that
// r saw.
func (c *causality) rival(w, r int) bool {
	return !c.reads(w) && c.ops[w].In.Key == c.ops[r].In.Key && c.from[r] != w
}

// clients returns who has read something.
func (c *causality) clients() (all []int) {
	known := map[int]bool{}
	for i := range c.ops {
		if client := c.ops[i].Client; c.reads(i) && !known[client] {
			known[client] = true
			all = append(all, client)
		}
	}
	return all
}

// view finds out whether there is an order of all writes and one client's reads.
// A write that comes before a read, and is not what it saw, must come before the
// write that it saw; that may put more before other reads.
func (c *causality) view(client int) string {
	order := c.order.clone()
	for more := true; more; {
		more = false
		for r := range c.ops {
			if c.ops[r].Client != client || !c.saw(r) {
				continue
			}
			for w := range c.ops {
				if c.rival(w, r) && order.has(w, r) && !order.has(w, c.from[r]) {
					//parley:rule consistency.spectrum.strict-inclusion drop
					order.add(w, c.from[r])
					more = more || order.has(w, c.from[r])
				}
			}
		}
		order.close()
		if i, cyclic := order.cycle(); cyclic {
			return fmt.Sprintf("client %d can have seen the writes in no order; one that would have to come before itself:\n  %s",
				client, c.line(i))
		}
	}
	return c.overwritten(order, client)
}

// arbitration finds out whether there is one order of all writes. Of two writes
// that precede a read, the one that it saw is the later.
func (c *causality) arbitration() string {
	order := c.order.clone()
	for r := range c.ops {
		if !c.saw(r) {
			continue
		}
		for w := range c.ops {
			if c.rival(w, r) && c.order.has(w, r) {
				//parley:rule consistency.spectrum.strict-inclusion drop
				order.add(w, c.from[r])
			}
		}
	}
	order.close()
	if i, cyclic := order.cycle(); cyclic {
		return "clients saw concurrent writes in orders that contradict each other; one of them:\n  " + c.line(i)
	}
	return ""
}
