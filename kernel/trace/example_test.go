package trace_test

import (
	"os"
	"slices"
	"time"

	"github.com/parleysystems/parley/kernel/trace"
)

// A recorder is given events with their causes; what an event depends on can
// then be drawn.
func ExampleDiagram() {
	r := trace.NewRecorder(0)
	ask := r.Record(trace.Event{Kind: trace.Send, Place: "a/raft", Peer: "b/raft", What: "RequestVote"})
	r.Record(trace.Event{Kind: trace.Note, Place: "c/raft", What: "knows nothing of it", At: 1e6})
	got := r.Record(trace.Event{Kind: trace.Receive, Place: "b/raft", Peer: "a/raft", What: "RequestVote", Cause: ask, At: 2e6})
	vote := r.Record(trace.Event{Kind: trace.Send, Place: "b/raft", Peer: "a/raft", What: "Vote", Cause: got, At: 2e6})
	lead := r.Record(trace.Event{Kind: trace.Receive, Place: "a/raft", Peer: "b/raft", What: "Vote", Cause: vote, At: 3 * time.Millisecond})

	trace.Diagram(os.Stdout, slices.Values(r.Past(lead, 0)))
	// Output:
	//         time a/raft                b/raft
	//    0.002000s |----RequestVote----->o
	//    0.003000s o<-------Vote---------|
}
