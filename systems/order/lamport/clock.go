package lamport

import "fmt"

// Time is a reading of a logical clock: C(a) of the event a. The first event of
// a process that heard of nothing has time 1.
type Time uint64

// Limit is the first time that no honest clock shows.
const Limit Time = 1 << 63

// Clock is the counter of one process. The zero value is ready for use.
type Clock struct{ now Time }

// At returns a clock that has shown t already.
func At(t Time) Clock { return Clock{t} }

// Now returns the time of the latest event, or 0 before the first.
func (c *Clock) Now() Time { return c.now }

// Tick counts an event of this process and returns its time (IR1). A message
// that the event sends carries it.
func (c *Clock) Tick() Time {
	//parley:rule logicalclock.lamport.update-rules logicalclock.lamport.clock-condition drop
	c.now++
	return c.now
}

// Receive counts the event of receiving a message that carries stamp and
// returns its time (IR2). An error says that stamp cannot come from a clock; the
// clock then stays as it was.
func (c *Clock) Receive(stamp Time) (Time, error) {
	if stamp >= Limit {
		return 0, fmt.Errorf("lamport: receive stamp %d: no clock shows %d or more", stamp, Limit)
	}
	//parley:rule logicalclock.lamport.update-rules logicalclock.lamport.clock-condition multicast.total.queue-and-ack value=1+c.now
	c.now = 1 + max(c.now, stamp)
	return c.now, nil
}
