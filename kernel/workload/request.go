package workload

import "fmt"

// Verb says what a Request asks for.
type Verb uint8

// The verbs. Stores that lack one are not asked for it.
const (
	Read   Verb = iota + 1 // the value at Key
	Write                  // set Key to Value
	Delete                 // remove Key
	CAS                    // set Key to Value if it holds Expect ("" for absent)
	Add                    // add Delta to the number at Key
	Append                 // append Value to the list at Key
)

var verbNames = [...]string{
	Read: "read", Write: "write", Delete: "delete", CAS: "cas", Add: "add", Append: "append",
}

// String returns the verb in lower case.
func (v Verb) String() string {
	if v == 0 || int(v) >= len(verbNames) {
		return fmt.Sprintf("verb(%d)", uint8(v))
	}
	return verbNames[v]
}

// MarshalText writes the verb's name; a verb without one is an error.
func (v Verb) MarshalText() ([]byte, error) {
	if v == 0 || int(v) >= len(verbNames) {
		return nil, fmt.Errorf("workload: verb %d has no name", uint8(v))
	}
	return []byte(v.String()), nil
}

// UnmarshalText reads a verb's name.
func (v *Verb) UnmarshalText(text []byte) error {
	for i, name := range verbNames {
		if name != "" && name == string(text) {
			*v = Verb(i)
			return nil
		}
	}
	return fmt.Errorf("workload: %q is not a verb", text)
}

// Request is one operation on a keyed object.
type Request struct {
	Verb   Verb   `json:"verb"`
	Key    string `json:"key"`
	Value  string `json:"value,omitempty"`
	Expect string `json:"expect,omitempty"`
	Delta  int64  `json:"delta,omitempty"`
}

// ReadOnly tells that the request changes nothing.
func (r Request) ReadOnly() bool { return r.Verb == Read }

// String renders the request as a call.
func (r Request) String() string {
	switch r.Verb {
	case Write, Append:
		return fmt.Sprintf("%s %s %s", r.Verb, r.Key, r.Value)
	case CAS:
		return fmt.Sprintf("cas %s %s>%s", r.Key, orAbsent(r.Expect), r.Value)
	case Add:
		return fmt.Sprintf("add %s %+d", r.Key, r.Delta)
	}
	return fmt.Sprintf("%s %s", r.Verb, r.Key)
}

// Response is the answer to a Request. Which fields a store fills in depends on
// the store; the models of kernel/check say what they judge.
type Response struct {
	// Value is what a Read found, "" if nothing; lists join with commas.
	Value string `json:"value,omitempty"`
	// Version counts the changes of the key.
	Version uint64 `json:"version,omitempty"`
	// Revision numbers the store's change that last touched the key (Read), or
	// the change that this operation made.
	Revision uint64 `json:"revision,omitempty"`
	// Done tells that a CAS or Delete found what it needed.
	Done bool `json:"done,omitempty"`
	// Number is the value of a counter, after the change if there was one.
	Number int64 `json:"number,omitempty"`
}

// Render returns the part of the answer that matters for that verb.
func (p Response) Render(v Verb) string {
	switch {
	case v == Read && p.Number != 0, v == Add:
		return fmt.Sprint(p.Number)
	case v == Read:
		return orAbsent(p.Value) + p.stamp()
	case v == CAS, v == Delete:
		return fmt.Sprint(p.Done) + p.stamp()
	}
	return "ok" + p.stamp()
}

func (p Response) stamp() string {
	switch {
	case p.Revision != 0:
		return fmt.Sprintf(" @%d", p.Revision)
	case p.Version != 0:
		return fmt.Sprintf(" v%d", p.Version)
	}
	return ""
}

func orAbsent(value string) string {
	if value == "" {
		return "(absent)"
	}
	return value
}
