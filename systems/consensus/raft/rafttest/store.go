package rafttest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"maps"
	"slices"

	"github.com/parleysystems/parley/kernel/workload"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// Command is what clients propose: a request, and the number of the operation
// in the history, by which the audit knows what was executed.
type Command struct {
	ID      int64            `json:"id"`
	Request workload.Request `json:"request"`
}

// Encode returns the command as bytes.
func (c Command) Encode() []byte { return mustMarshal(c) }

func mustMarshal(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("rafttest: %v", err)) // only plain values are given
	}
	return b
}

// decodeResponse reads what Store.Apply returned.
func decodeResponse(b []byte) workload.Response {
	var r workload.Response
	if err := json.Unmarshal(b, &r); err != nil {
		panic(fmt.Sprintf("rafttest: result %q: %v", b, err))
	}
	return r
}

// Store is the replicated state machine of the experiments: registers, counters
// and lists by key. It reports every execution to the audit, which stands
// outside of the replicated system.
type Store struct {
	host  string
	audit *Audit
	state storeState
}

// storeState is what is replicated.
type storeState struct {
	Executed int64            `json:"executed"` // commands, over all time
	Keys     map[string]value `json:"keys"`
}

type value struct {
	Text    string `json:"text,omitempty"`
	Number  int64  `json:"number,omitempty"`
	Version uint64 `json:"version,omitempty"`
}

var _ rsm.StateMachine = (*Store)(nil)

func newStore(host string, audit *Audit) *Store {
	return &Store{host: host, audit: audit, state: storeState{Keys: map[string]value{}}}
}

// Apply executes one command.
func (s *Store) Apply(index rsm.Index, command []byte) []byte {
	var c Command
	if err := json.Unmarshal(command, &c); err != nil {
		panic(fmt.Sprintf("rafttest: command %q at %d: %v", command, index, err))
	}
	s.audit.executed(s.host, s.state.Executed, execution{index, c.ID})
	s.state.Executed++
	return mustMarshal(s.execute(c.Request))
}

func (s *Store) execute(in workload.Request) workload.Response {
	v := s.state.Keys[in.Key]
	before, out := v, workload.Response{}
	switch in.Verb {
	case workload.Read:
		return v.response()
	case workload.Write:
		v.Text = in.Value
	case workload.Delete:
		v.Text, out.Done = "", v.Text != ""
	case workload.CAS:
		if v.Text == in.Expect {
			v.Text, out.Done = in.Value, true
		}
	case workload.Add:
		v.Number += in.Delta
		out.Number = v.Number
	case workload.Append:
		v.Text = appended(v.Text, in.Value)
	}
	if v != before || in.Verb == workload.Write {
		v.Version++
	}
	s.state.Keys[in.Key] = v
	out.Version = v.Version
	return out
}

func appended(list, item string) string {
	if list == "" {
		return item
	}
	return list + "," + item
}

func (v value) response() workload.Response {
	return workload.Response{Value: v.Text, Number: v.Number, Version: v.Version}
}

// Query returns the workload.Response of reading a key.
func (s *Store) Query(question any) any { return s.state.Keys[question.(string)].response() }

// Capture copies the state, which the experiments keep small.
func (s *Store) Capture() rsm.Capture {
	return &storeCapture{storeState{s.state.Executed, maps.Clone(s.state.Keys)}}
}

// Restore replaces the state.
func (s *Store) Restore(r io.Reader) error {
	state := storeState{Keys: map[string]value{}}
	if err := json.NewDecoder(r).Decode(&state); err != nil {
		return fmt.Errorf("rafttest: restore: %w", err)
	}
	s.state = state
	s.audit.restored(s.host)
	return nil
}

// Digest condenses the state.
func (s *Store) Digest() uint64 {
	h := fnv.New64a()
	fmt.Fprint(h, s.state.Executed)
	for _, key := range slices.Sorted(maps.Keys(s.state.Keys)) {
		v := s.state.Keys[key]
		fmt.Fprintf(h, "|%q=%q,%d,%d", key, v.Text, v.Number, v.Version)
	}
	return h.Sum64()
}

// storeCapture is a state that no longer changes.
type storeCapture struct{ state storeState }

// WriteTo writes it as JSON, whose keys are sorted.
func (c *storeCapture) WriteTo(w io.Writer) (int64, error) {
	return io.Copy(w, bytes.NewReader(mustMarshal(c.state)))
}

func (c *storeCapture) Release() {}
