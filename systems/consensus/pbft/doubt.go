package pbft

import (
	"log/slog"
	"math/bits"

	"github.com/parleysystems/parley/node"
)

// A client with a bad authenticator, whose tag is right for the primary and wrong for
// most backups, has a request ordered that nobody else can verify: the number is stuck
// until the view ends. So who finds such a tag doubts the client, and says so to all. A
// primary that knows of f+1 doubts, one of which is a correct replica's, orders what the
// client has signed, and nothing else of it. A backup goes on taking a tag that is right:
// a doubt is about what others could verify.
//
// Correct clients are doubted too, whose key came late or has just changed. A signature
// costs all replicas some fifty times a tag, so a doubt ends once it is paid for: by the
// next request of the client with a right tag that is executed, the second doubt of the
// same replica by four, and so on, in powers of four (doc.go has the argument).

// standing is what replicas say of one client's tags. There is one for whoever was
// doubted, or has signed a request: no more than there are clients with public keys.
type standing struct {
	said []saying // by replica, its last word
	owed int      // requests with right tags that end this replica's own doubt; 0: it has none
	term int      // how many its last doubt began with
	fine int      // signed requests with right tags, while it had none
}

// saying is a replica's word on a client's tags. Stamps order them: those of one replica
// rise over its restarts, and messages overtake each other.
type saying struct {
	stamp  Timestamp
	doubts bool
}

// maxTerm bounds what a doubt costs.
const maxTerm = 1 << 16

// standing returns a client's, which is made if need be.
func (q *requests) standing(client node.Addr, n int) *standing {
	s := q.standings[client]
	if s == nil {
		s = &standing{said: make([]saying, n)}
		q.standings[client] = s
	}
	return s
}

// doubted tells whether f+1 replicas doubt a client.
func (r *PBFT) doubted(client node.Addr) bool {
	s := r.requests.standings[client]
	return s != nil && s.doubts() >= r.group.weak()
}

func (s *standing) doubts() (count int) {
	for _, w := range s.said {
		if w.doubts {
			count++
		}
	}
	return count
}

// doubt says that a request which the primary ordered is not verified here. It is said
// again for each pre-prepare: the primary has not heard of it, or has forgotten.
func (r *PBFT) doubt(client node.Addr) {
	if r.keys.public(client) == nil || r.lenient() {
		return
	}
	s := r.requests.standing(client, r.group.n())
	if s.owed == 0 {
		s.term = min(max(1, 4*s.term), maxTerm)
		s.owed = s.term
	}
	r.say(client, s, true)
}

// lenient tells whether this replica has replaced its key just now, so that a tag may be
// wrong through no fault of the client's. All of them would be doubted, each time. They
// need not be: replicas replace their keys one after the other (start), and those that
// have not can verify the request, and vouch for it.
func (r *PBFT) lenient() bool {
	return r.refreshed > 0 && r.env.Elapsed()-r.refreshed < r.cfg.KeyLifetime/64
}

// say tells all what this replica thinks of a client's tags.
func (r *PBFT) say(client node.Addr, s *standing, doubts bool) {
	m := &Doubt{Client: client, Replica: r.group.self, Ended: !doubts, Stamp: r.stamp()}
	m.Auth = r.authenticator(m.content())
	r.heardDoubt(s, m)
	r.all(m)
}

// onDoubt takes another replica's word.
func (r *PBFT) onDoubt(m *Doubt) {
	if r.keys.public(m.Client) != nil && r.authentic(m.Replica, m.Auth, m.content()) {
		r.heardDoubt(r.requests.standing(m.Client, r.group.n()), m)
	}
}

func (r *PBFT) heardDoubt(s *standing, m *Doubt) {
	if m.Stamp <= s.said[m.Replica].stamp {
		return
	}
	before := s.doubts() >= r.group.weak()
	//parley:rule pbft.client.faulty-clients drop
	s.said[m.Replica] = saying{m.Stamp, !m.Ended}
	if after := s.doubts() >= r.group.weak(); after != before {
		note := "client forgiven"
		if after {
			note = "client doubted"
		}
		r.env.Note(note, slog.String("client", string(m.Client)))
	}
}

// credit takes notice that a client's request is executed. If its tag for this replica
// is right it pays for a doubt. Of those who sign without being doubted here that is said
// now and then: others may not have heard that a doubt has ended, or the doubt may be of
// this replica's earlier incarnation.
func (r *PBFT) credit(m *Request) {
	s := r.requests.standings[m.Client]
	pays := s != nil && s.owed > 0
	if r.cfg.Follow || m.Client == r.env.Self() || !pays && len(m.Signature) == 0 || !r.tagged(m) {
		return
	}
	s = r.requests.standing(m.Client, r.group.n())
	if s.owed > 0 {
		if s.owed--; s.owed > 0 {
			return
		}
	} else if s.fine++; s.fine < 2*int(wary) || bits.OnesCount(uint(s.fine)) > 1 {
		return
	}
	r.say(m.Client, s, false)
}
