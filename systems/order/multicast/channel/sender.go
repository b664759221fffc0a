package channel

import "github.com/parleysystems/parley/node"

// Sender is the sending end of a channel.
type Sender struct {
	next   Seq     // of the next message; numbers begin with 1
	queue  []*Data // not confirmed, in order
	first  Seq     // all before it were given up
	window int
}

// add numbers a message, and tells whether it may leave now.
func (s *Sender) add(m node.Message) (*Data, bool) {
	s.next++
	d := &Data{Seq: s.next, Body: m, First: s.first}
	s.queue = append(s.queue, d)
	return d, len(s.queue) <= s.window
}

// waits tells whether something before next is not confirmed.
func (s *Sender) waits(next Seq) bool { return len(s.queue) > 0 && s.queue[0].Seq < next }

// got forgets what is confirmed, and returns what the window lets leave now
// and did not before.
func (s *Sender) got(next Seq) []*Data {
	n := 0
	for n < len(s.queue) && s.queue[n].Seq < next {
		n++
	}
	before := max(0, len(s.inFlight())-n)
	s.queue = append([]*Data(nil), s.queue[n:]...)
	return s.inFlight()[before:]
}

// forget gives up all before next, which must be confirmed no more.
func (s *Sender) forget(next Seq) []*Data {
	s.first = max(s.first, next)
	left := s.got(next)
	for i, d := range s.queue {
		s.queue[i] = &Data{Seq: d.Seq, Body: d.Body, First: s.first} // a receiver may hold d
	}
	return s.queue[len(s.inFlight())-len(left) : len(s.inFlight())]
}

// inFlight returns what has left and is not confirmed.
func (s *Sender) inFlight() []*Data { return s.queue[:min(len(s.queue), s.window)] }
