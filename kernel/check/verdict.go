package check

import "fmt"

// Verdict is what a judge says of a history.
type Verdict uint8

// The verdicts. The zero value is Unknown, so that nothing passes by omission.
const (
	// Unknown: the judge ran out of time or could not decide. Never a pass.
	Unknown Verdict = iota
	// OK: the promise held.
	OK
	// Violation: the promise was broken; the Judgement says how.
	Violation
)

// String returns "unknown", "ok" or "violation".
func (v Verdict) String() string {
	switch v {
	case OK:
		return "ok"
	case Violation:
		return "violation"
	}
	return "unknown"
}

// MarshalText writes the verdict's name.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText reads the verdict's name.
func (v *Verdict) UnmarshalText(text []byte) error {
	for _, known := range []Verdict{Unknown, OK, Violation} {
		if known.String() == string(text) {
			*v = known
			return nil
		}
	}
	return fmt.Errorf("check: %q is not a verdict (ok, violation or unknown)", text)
}

// And returns the worse of two verdicts: a violation outweighs anything, and
// an unknown outweighs a pass.
func (v Verdict) And(w Verdict) Verdict {
	if v == Violation || w == Violation {
		return Violation
	}
	return min(v, w)
}

// Judgement is a verdict and what supports it.
type Judgement struct {
	Verdict Verdict
	// Judge names the promise: "linearizable", "sequential", "commit order".
	Judge string
	// Why explains a Violation or an Unknown in a few lines, for people: the
	// operations that contradict each other, or what ran out.
	Why string
	// Operations is how many operations were judged.
	Operations int
}

// String returns the verdict, the judge and the reason.
func (j Judgement) String() string {
	s := j.Judge + ": " + j.Verdict.String()
	if j.Why != "" {
		s += "\n" + j.Why
	}
	return s
}
