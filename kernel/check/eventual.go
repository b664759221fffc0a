package check

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/workload"
)

// Eventual decides whether the reads that were called after quiet, when nothing
// was written any more, agree: all reads of a key return the same value, which
// is one that was written, or no value if none was acknowledged. Reads before
// quiet may return anything that was ever written. A history without quiet reads
// gets no verdict.
func Eventual(h Registers, quiet time.Duration) Judgement {
	j := Judgement{Verdict: OK, Judge: "eventual", Operations: len(h)}
	s := settled{quiet: quiet, final: map[string]int{}, written: map[string]map[string]bool{}, acknowledged: map[string]bool{}}
	for i := range h {
		if why := s.write(&h[i]); why != "" {
			j.Verdict, j.Why = Unknown, why
			return j
		}
	}
	for i := range h {
		if why := s.read(h, i); why != "" {
			j.Verdict, j.Why = Violation, why
			return j
		}
	}
	if len(s.final) == 0 {
		j.Verdict, j.Why = Unknown, fmt.Sprintf("nothing was read after %v", quiet)
	}
	return j
}

// settled is what is known of a store at rest.
type settled struct {
	quiet        time.Duration
	final        map[string]int             // by key: the first quiet read of it
	written      map[string]map[string]bool // by key
	acknowledged map[string]bool            // keys with a write that surely happened
}

func (s *settled) write(op *workload.Operation[workload.Request, workload.Response]) (undecided string) {
	if op.In.Verb == workload.Read || op.Outcome == workload.Failed {
		return ""
	}
	if op.In.Verb != workload.Write {
		return fmt.Sprintf("%v is neither a read nor a write", op.In)
	}
	if op.Call >= s.quiet || op.Outcome == workload.OK && op.Return >= s.quiet {
		return fmt.Sprintf("operation %d writes when nothing should", op.ID)
	}
	if s.written[op.In.Key] == nil {
		s.written[op.In.Key] = map[string]bool{}
	}
	s.written[op.In.Key][op.In.Value] = true
	s.acknowledged[op.In.Key] = s.acknowledged[op.In.Key] || op.Outcome == workload.OK
	return ""
}

func (s *settled) read(h Registers, i int) string {
	op := &h[i]
	if op.In.Verb != workload.Read || op.Outcome != workload.OK {
		return ""
	}
	key, value := op.In.Key, op.Out.Value
	if value != "" && !s.written[key][value] {
		return fmt.Sprintf("operation %d reads %q at %s, which nobody wrote", i, value, key)
	}
	if op.Call < s.quiet {
		return ""
	}
	if value == "" && s.acknowledged[key] {
		return fmt.Sprintf("operation %d finds nothing at %s long after an acknowledged write", i, key)
	}
	first, known := s.final[key]
	if !known {
		s.final[key], first = i, i
	}
	//parley:rule consistency.spectrum.strict-inclusion force=false
	if h[first].Out.Value != value {
		return fmt.Sprintf("at rest %s still differs: operation %d reads %q, operation %d %q", key, first, h[first].Out.Value, i, value)
	}
	return ""
}
