package host

import (
	"errors"
	"time"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/serve/etcd"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/stores/kv"
)

// Status is what one host tells about itself. It travels as JSON from the
// processes of `parley up --procs`, and to the status page. Durations are in
// nanoseconds there.
type Status struct {
	Name   string `json:"name"`
	Client string `json:"client"` // addresses that it listens on
	Peer   string `json:"peer"`
	Data   string `json:"data"`
	// Failure says why the host does not run, or does not answer; the rest is
	// then what it last was.
	Failure string `json:"failure,omitempty"`

	Role      string `json:"role"`   // leader, follower, candidate, learner, starting
	Leader    string `json:"leader"` // name of the host, "" while none is known
	Epoch     uint64 `json:"epoch"`
	Committed uint64 `json:"committed"`
	Applied   uint64 `json:"applied"`
	Snapshot  uint64 `json:"snapshot"`
	Members   int    `json:"members"`

	Revision int64 `json:"revision"`
	Keys     int   `json:"keys"`
	Bytes    int64 `json:"bytes"`
	Leases   int   `json:"leases"`
	Watchers int   `json:"watchers"`

	Waiting int           `json:"waiting"` // proposals without a result yet
	Calls   etcd.Calls    `json:"calls"`   // of clients, answered here
	Syncs   uint64        `json:"syncs"`
	SyncP50 time.Duration `json:"sync_p50"`
	SyncP99 time.Duration `json:"sync_p99"`
	Links   []Link        `json:"links"`
	Uptime  time.Duration `json:"uptime"`
}

// Link is the connection to one other host.
type Link struct {
	To        string        `json:"to"`
	Connected bool          `json:"connected"`
	RoundTrip time.Duration `json:"round_trip"`
	Queue     int           `json:"queue"`
	Dropped   uint64        `json:"dropped"`
	Error     string        `json:"error,omitempty"`
}

// Serving tells whether the host can serve a linearizable read: it runs and
// knows a leader.
func (s *Status) Serving() bool { return s.Failure == "" && s.Leader != "" }

// patience is how long Status waits for the replica's loop. A loop that is
// slower than this is what an operator has to know.
const patience = time.Second

// Status describes the host. It asks the replica's own loop and waits for it
// for at most a second.
func (h *Host) Status() Status {
	answer := make(chan Status, 1)
	err := h.live.TryDo(Service, func(n node.Node) {
		r := n.(*rsm.Replica)
		s := h.fixed
		s.replica(r)
		answer <- s
	})
	if err == nil {
		timeout := time.NewTimer(patience)
		defer timeout.Stop()
		select {
		case s := <-answer:
			s.kernel(h.live.Stats(), h.opened)
			if d := h.door.Load(); d != nil {
				s.Calls = d.server.Calls()
			}
			h.last.Store(&s)
			return s
		case <-h.live.Done():
		case <-timeout.C:
		}
	}
	s := *h.last.Load()
	if starting := errors.Is(err, live.ErrNoService) && h.Err() == nil; !starting {
		s.Failure = h.failure(err)
	}
	return s
}

func (h *Host) failure(asked error) string {
	switch failed := h.Err(); {
	case failed != nil:
		return failed.Error()
	case asked != nil:
		return asked.Error()
	}
	return "it does not answer"
}

var roles = map[rsm.Role]string{
	rsm.Following: "follower", rsm.Electing: "candidate", rsm.Leading: "leader", rsm.Learning: "learner",
}

// replica fills in what the replica knows; it runs on the replica's loop.
func (s *Status) replica(r *rsm.Replica) {
	st := r.Status()
	s.Role, s.Leader, s.Epoch = roles[st.Role], st.Leader.Host(), st.Epoch
	s.Committed, s.Applied, s.Snapshot = uint64(st.Committed), uint64(st.Applied), uint64(st.Snapshot)
	s.Members, s.Waiting = len(st.Members), r.Outstanding()
	if store, ok := r.Query(kv.GetStatus{}).(*kv.Status); ok {
		s.Revision, s.Keys, s.Bytes = int64(store.Revision), store.Keys, store.Bytes
		s.Leases, s.Watchers = store.Leases, store.Watchers
	}
}

func (s *Status) kernel(st live.Stats, opened time.Time) {
	s.Uptime = time.Since(opened)
	s.Syncs = st.Commit.Sync.Count()
	s.SyncP50, s.SyncP99 = st.Commit.Sync.Quantile(0.5), st.Commit.Sync.Quantile(0.99)
	for _, p := range st.Peers {
		if p.Address == "" {
			continue // a client, which is no host of the cluster
		}
		l := Link{To: p.Name, Connected: p.State == live.Connected, RoundTrip: p.RoundTrip, Queue: p.Queue, Dropped: p.Dropped}
		if !l.Connected {
			l.Error = p.LastError
		}
		s.Links = append(s.Links, l)
	}
}
