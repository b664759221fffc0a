package channel

import "github.com/parleysystems/parley/node"

// Sender is the sending end of a channel.
type Sender struct {
	next   Seq     // of the next message; numbers begin with 1
	queue  []*Data // not confirmed, in order
	window int
}

// add numbers a message, and tells whether it may leave now.
func (s *Sender) add(m node.Message) (*Data, bool) {
	s.next++
	d := &Data{Seq: s.next, Body: m}
	s.queue = append(s.queue, d)
	return d, len(s.queue) <= s.window
}

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

// inFlight returns what has left and is not confirmed.
func (s *Sender) inFlight() []*Data { return s.queue[:min(len(s.queue), s.window)] }
