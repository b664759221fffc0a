// Package probe is a client that watches the cluster from outside: a few times a
// second it puts a key and reads it, and remembers how each attempt ended and
// how long it took. What a change of leader or a partition means to clients can
// be seen in it.
//
// An attempt ends
//
//	ok        with an answer
//	failed    without one, and surely nothing was executed; so end all reads
//	          without an answer, since they have no effect
//	unknown   a put without an answer in time: it may have been executed
//
// Attempts are begun by the clock, whether earlier ones have ended or not, so a
// gap of a second is seen as attempts that take up to a second, and not as one.
//
// The probe writes to the store that it watches, so it works only while somebody
// asks it to (Attend), and deletes its key when it stops.
//
//	I1. Attempts without an outcome are bounded by Timeout / Every, samples kept
//	    by Config.Keep: the newest.
//	I2. Numbers of samples grow by one, in the order in which attempts ended.
package probe
