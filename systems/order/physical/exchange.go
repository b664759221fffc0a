package physical

import "time"

// Exchange is a question and its answer with four timestamps (Cristian 1989, as
// NTP does it).
//
//	server  ----T2---T3---->
//	           /      \
//	client  -T1--------T4-->
type Exchange struct {
	T1 time.Time // the question left, by the client's clock
	T2 time.Time // it arrived, by the server's
	T3 time.Time // the answer left, by the server's
	T4 time.Time // it arrived, by the client's
}

// Delay returns delta: the round trip without the server's processing.
func (e Exchange) Delay() time.Duration {
	//parley:rule timesync.cristian.offset-formula value=e.T4.Sub(e.T1)
	return e.T4.Sub(e.T1) - e.T3.Sub(e.T2)
}

// Offset returns theta: by how much the server's clock is ahead of the client's,
// if both directions took equally long. The error is at most half of Delay (I2).
func (e Exchange) Offset() time.Duration {
	return e.T3.Add(e.Delay() / 2).Sub(e.T4)
}
