package raft

import (
	"log/slog"
	"slices"
	"time"

	"github.com/parleysystems/parley/node"
)

// leaderState is the volatile state of a leader, begun anew after election
// (Figure 2).
type leaderState struct {
	peers []*peer // everybody who receives the log, this server included, sorted
	me    *peer   // this server's own entry in peers; nil if it is no member
	// The sets of voters as peers, so that counting needs no look-up.
	voters, old []*peer

	noop        Index   // the entry that began the term
	uncommitted int64   // size of its entries that are not committed
	writing     writing // ends of the log whose sync is awaited

	rounds   rounds
	reads    []read
	transfer *transfer
	void     bool // no lease in this term any more: leadership was offered away
	change   *change
	// departing is the members before the latest configuration, which are sent
	// it until it is committed.
	departing []node.Addr
}

// lead begins a leadership: the first entry of the term commits all earlier
// ones with it (§8, §5.4.2), and tells everybody at once who leads (§5.2).
func (r *Raft) lead() {
	r.become(leader)
	r.leader = r.self
	r.leading = leaderState{}
	r.leading.writing.done = r.onOwnDisk(r.term)
	r.env.Note("lead", slog.Uint64("term", uint64(r.term)))
	r.assemble()
	r.leading.noop = r.propose(NoOpEntry, nil)
	r.resumeChange()
	r.heartbeat.Reset(r.cfg.HeartbeatInterval)
}

// retire ends a leadership, and with it all that hoped for it.
func (r *Raft) retire() {
	r.heartbeat.Stop()
	old := r.leading
	r.leading = leaderState{}
	r.handed = old.transfer
	for _, p := range old.peers {
		p.stopSending()
	}
	old.abandon()
}

// assemble makes the list of peers match the configuration in force.
func (r *Raft) assemble() {
	c, l := r.config(), &r.leading
	old := l.peers
	l.peers = nil
	for _, a := range sortedAddrs(c.all(), l.departing) {
		l.peers = append(l.peers, keepOrMake(old, a, r.log.last()+1, r.env.Elapsed()))
	}
	for _, p := range old {
		if !slices.Contains(l.peers, p) {
			p.stopSending()
		}
	}
	l.me = findPeer(l.peers, r.self)
	l.voters, l.old = pick(l.peers, c.Voters), pick(l.peers, c.Old)
}

func keepOrMake(old []*peer, a node.Addr, next Index, now time.Duration) *peer {
	if p := findPeer(old, a); p != nil {
		return p
	}
	return &peer{addr: a, next: next, heard: now}
}

func findPeer(peers []*peer, a node.Addr) *peer {
	for _, p := range peers {
		if p.addr == a {
			return p
		}
	}
	return nil
}

func pick(peers []*peer, addrs []node.Addr) []*peer {
	var picked []*peer
	for _, a := range addrs {
		picked = append(picked, findPeer(peers, a))
	}
	return picked
}

// peer returns what this leader knows of a server, or nil.
func (r *Raft) peer(a node.Addr) *peer { return findPeer(r.leading.peers, a) }

// propose appends an entry to the leader's own log, which it never changes
// otherwise (leader append-only, §5.3), and sends it.
func (r *Raft) propose(kind EntryKind, data []byte) Index {
	e := Entry{Term: r.term, Kind: kind, Data: data}
	r.log.append(e)
	r.leading.uncommitted += e.size()
	r.awaitOwnDisk()
	if kind == ConfigurationEntry {
		r.adopt(r.log.last())
	}
	//parley:rule raft.replication.common-case-cost drop
	r.broadcast()
	return r.log.last()
}

// awaitOwnDisk counts the leader's own copy of the log's present end once it is
// durable, and not before: followers write theirs in the meantime.
func (r *Raft) awaitOwnDisk() {
	r.leading.writing.push(r.log.last())
	r.env.Durable(r.leading.writing.done)
}

// onOwnDisk returns what is called for each wait of a leadership's.
func (r *Raft) onOwnDisk(term Term) func() {
	return func() {
		if r.role != leader || r.term != term {
			return
		}
		end := r.leading.writing.pop()
		if me := r.leading.me; me != nil {
			me.match = max(me.match, end)
			r.advanceCommit()
			r.tell()
		}
	}
}

// writing is the ends of the log whose sync a leader awaits. Completions come
// in the order in which they were asked for, so one function serves them all.
type writing struct {
	done  func()
	ends  []Index // those before first are over
	first int
}

func (w *writing) push(end Index) { w.ends = append(w.ends, end) }

func (w *writing) pop() Index {
	end := w.ends[w.first]
	switch w.first++; {
	case w.first == len(w.ends):
		w.ends, w.first = w.ends[:0], 0
	case w.first > 64 && w.first > len(w.ends)/2:
		w.ends, w.first = append(w.ends[:0], w.ends[w.first:]...), 0
	}
	return end
}

// onHeartbeatTimer keeps followers from electing another (§5.2), and repeats
// what may have been lost.
func (r *Raft) onHeartbeatTimer() {
	if r.role != leader {
		return
	}
	r.heartbeat.Reset(r.cfg.HeartbeatInterval)
	//parley:rule raft.leader.check-quorum force=false
	if !r.cfg.NoCheckQuorum && !r.hearsQuorum() {
		r.env.Note("no quorum", slog.Uint64("term", uint64(r.term)))
		r.becomeFollower(r.term, "")
		r.tell()
		return
	}
	r.startRound()
	r.giveUpTransfer()
	r.giveUpChange()
	r.tell()
}

// hearsQuorum tells whether a quorum has answered within the longest election
// timeout: a leader without one cannot commit, and had better say so to those
// who wait for it.
func (r *Raft) hearsQuorum() bool {
	now, patience := r.env.Elapsed(), 2*r.cfg.ElectionTimeout
	if r.leading.me != nil {
		r.leading.me.heard = now
	}
	return r.leading.quorumOf(func(p *peer) uint64 { return uint64(p.heard) })+uint64(patience) > uint64(now)
}
