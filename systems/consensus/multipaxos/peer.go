package multipaxos

import (
	"time"

	"github.com/parleysystems/parley/node"
)

// peer is what a leader knows of one replica.
type peer struct {
	addr node.Addr
	bit  uint32 // of its votes, 0 if they do not count
	next Slot   // the next slot to send
	// upto: it has accepted all up to here, or knows it to be chosen.
	upto   Slot
	told   Slot // how far it was told what is chosen
	heard  time.Duration
	round  uint64 // the latest that it has answered
	window window

	mended Slot // the end of the latest gap that was sent again
	// What was sent before a round that it has answered has arrived, or was lost:
	// mark is the next slot as of markRound, 0 while none is watched.
	mark      Slot
	markRound uint64
}

func (r *Paxos) addPeer(m Acceptor) *peer {
	l := &r.leading
	p := &peer{addr: m.Addr, next: r.chosen + 1, heard: r.env.Elapsed()}
	if !m.Learner {
		p.bit = l.voters + 1 // the next power of two
		l.voters |= p.bit
	}
	if l.peers = append(l.peers, p); m.Addr == r.self {
		l.me = p
	}
	return p
}

// peer returns what this leader knows of a replica, or nil.
func (l *leadership) peer(a node.Addr) *peer {
	for _, p := range l.peers {
		if p.addr == a {
			return p
		}
	}
	return nil
}

// answered takes notice of what a peer has accepted and how far it has no gap. What
// was sent before is not on its way any more: if it did not arrive it was lost.
func (p *peer) answered(m *Accepted, upto Slot) {
	if upto > p.upto {
		p.upto = upto
		p.next = max(p.next, upto+1)
	}
	p.window.release(max(upto, m.Last))
}

func (r *Paxos) broadcast() {
	for _, p := range r.leading.peers {
		r.replicate(p)
	}
}

// replicate sends a peer proposals as far as its window allows.
//
// Early: they may overtake the leader's own disk, since it counts itself only once
// they are durable there. After a crash it does not go on in this ballot, so nobody
// else gets to see another value in it (I2, I3). The ballot itself is durable: lead
// was called by Durable. What is said to be chosen rests on a quorum of disks.
func (r *Paxos) replicate(p *peer) {
	l := &r.leading
	for p != l.me && p.next < l.next && !p.window.full(r.cfg.MaxInflight, r.cfg.MaxInflightBytes) {
		if p.next <= max(r.votes.base, l.start) {
			p.next = max(r.votes.base, l.start) + 1 // it fetches what is before
			continue
		}
		values := r.votes.between(p.next, l.next-1, r.cfg.MaxValuesPerMessage, r.cfg.MaxBatchBytes)
		r.sendAccept(p, p.next, values)
		p.next += Slot(len(values))
		p.window.add(p.next-1, sizeOf(values))
	}
}

func (r *Paxos) sendAccept(p *peer, first Slot, values []Value) {
	p.told = r.chosen
	r.env.SendEarly(p.addr, &Accept{
		Ballot: r.leading.ballot, First: first, Chosen: r.chosen, Round: r.leading.reads.Current(), Values: values,
	})
}

func sizeOf(values []Value) (bytes int64) {
	for i := range values {
		bytes += values[i].size()
	}
	return bytes
}

// announce tells peers that have nothing else to be told what is chosen. It spares
// those who wait there the time until the next heartbeat. (Who executes may submit the
// next command, which takes the news along: so execution comes first.)
func (r *Paxos) announce() {
	for _, p := range r.leading.peers {
		if p != r.leading.me && p.told < r.chosen && p.next >= r.leading.next {
			r.sendHeartbeat(p)
		}
	}
}

// sendHeartbeat sends early for the reasons that replicate gives.
func (r *Paxos) sendHeartbeat(p *peer) {
	p.told = r.chosen
	r.env.SendEarly(p.addr, &Heartbeat{
		Ballot: r.leading.ballot, Chosen: r.chosen, Round: r.leading.reads.Current(), Known: p.upto,
	})
}

// missing returns the first open slot before limit that a peer has not accepted, or
// limit. What is chosen it fetches.
func (r *Paxos) missing(p *peer, limit Slot) Slot {
	s := r.chosen + 1
	if p.bit == 0 {
		return min(max(s, p.upto+1), limit)
	}
	for s < limit && *r.leading.votesIn(s)&p.bit != 0 {
		s++
	}
	return min(s, limit)
}

// mend sends again what is missing: once, if later proposals have arrived, and from
// there on, if a round was answered that began behind it.
func (r *Paxos) mend(p *peer, m *Accepted) {
	if p.markRound > 0 && m.Round >= p.markRound {
		if s := r.missing(p, p.mark); s < p.mark {
			p.window.reset()
			p.next, p.mended = s, 0
		}
		p.markRound = 0
		return
	}
	if m.Last < m.First || m.First > r.leading.next {
		return
	}
	if first := max(r.missing(p, m.First), p.mended+1); first < m.First {
		p.mended = m.First - 1
		r.sendAccept(p, first, r.votes.between(first, m.First-1, r.cfg.MaxValuesPerMessage, r.cfg.MaxBatchBytes))
	}
}

// watch remembers what a peer was sent before the present round.
func (r *Paxos) watch(p *peer) {
	if p.markRound == 0 {
		p.mark, p.markRound = p.next, r.leading.reads.Current()
	}
}

// window is the Accepts on their way to one peer, oldest first: a ring of the last
// slot and the size of each.
type window struct {
	messages []inflight
	head, n  int
	bytes    int64
}

type inflight struct {
	last  Slot
	bytes int64
}

func (w *window) reset() { w.head, w.n, w.bytes = 0, 0, 0 }

func (w *window) full(count int, bytes int64) bool { return w.n >= count || w.bytes >= bytes }

func (w *window) add(last Slot, bytes int64) {
	if w.n == len(w.messages) {
		larger := make([]inflight, max(8, 2*w.n))
		for i := range w.n {
			larger[i] = w.messages[(w.head+i)%w.n]
		}
		w.messages, w.head = larger, 0
	}
	w.messages[(w.head+w.n)%len(w.messages)] = inflight{last, bytes}
	w.n++
	w.bytes += bytes
}

// release lets go of all messages whose slots are up to s.
func (w *window) release(s Slot) {
	for w.n > 0 && w.messages[w.head].last <= s {
		w.bytes -= w.messages[w.head].bytes
		w.head = (w.head + 1) % len(w.messages)
		w.n--
	}
}
