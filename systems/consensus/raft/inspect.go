package raft

import "github.com/parleysystems/parley/node"

var _ node.Inspector = (*Raft)(nil)

// State is a server's state in the words of the paper's Figure 2, for whoever
// looks at a run.
type State struct {
	Role        string
	CurrentTerm Term
	VotedFor    node.Addr
	Leader      node.Addr
	CommitIndex Index
	LastApplied Index
	// VotesGranted is who votes for this candidate.
	VotesGranted []node.Addr
	// NextIndex and MatchIndex are a leader's, by follower.
	NextIndex, MatchIndex map[node.Addr]Index
	Configuration         string
	// Snapshot is the index up to which the log is condensed.
	Snapshot Index
	Log      []LogEntry
}

// LogEntry is one entry of State.Log.
type LogEntry struct {
	Index Index
	Term  Term
	Kind  string
	Data  []byte
}

// logShown is how many entries State shows: the newest.
const logShown = 64

// Inspect returns the state.
func (r *Raft) Inspect() any {
	s := &State{
		Role: r.role.String(), CurrentTerm: r.term, VotedFor: r.votedFor, Leader: r.leader,
		CommitIndex: r.commit, LastApplied: r.applied, VotesGranted: r.votes, Snapshot: r.log.base,
		Log: []LogEntry{},
	}
	if len(r.configs.configs) > 0 { // since Start
		s.Configuration = r.config().String()
	}
	if r.role == leader {
		s.NextIndex, s.MatchIndex = map[node.Addr]Index{}, map[node.Addr]Index{}
		for _, p := range r.leading.peers {
			s.NextIndex[p.addr], s.MatchIndex[p.addr] = p.next, p.match
		}
	}
	from := max(0, len(r.log.entries)-logShown)
	for i, e := range r.log.entries[from:] {
		s.Log = append(s.Log, LogEntry{Index: r.log.base + Index(from+i) + 1, Term: e.Term, Kind: kindNames[e.Kind], Data: e.Data})
	}
	return s
}

var kindNames = map[EntryKind]string{CommandEntry: "command", NoOpEntry: "no-op", ConfigurationEntry: "configuration"}
