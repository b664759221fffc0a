// Package rotating decides with the help of a failure detector that is wrong for as
// long as it likes, and some time stops being wrong: the protocol of T. Chandra and
// S. Toueg, "Unreliable failure detectors for reliable distributed systems", J. ACM
// 43(2), 1996, section 6.2, with a detector made of heartbeats and timeouts that
// grow (section 3 of C. Dwork, N. Lynch and L. Stockmeyer, "Consensus in the presence
// of partial synchrony", J. ACM 35(2), 1988, says of which networks it is true).
//
// In round r the coordinator is process r-1 modulo n.
//
//	phase 1  everybody sends its estimate, with the round it is of, to all
//	phase 2  the coordinator takes the newest of a majority and proposes it
//	phase 3  who gets the proposal makes it its estimate, of this round, and
//	         acknowledges; who suspects the coordinator goes on to the next round
//	phase 4  the coordinator decides when a majority has acknowledged, and tells all
//
// A suspicion moves a process on, and never decides anything: that is why wrong ones
// cost time only.
//
// # Fault model
//
// n > 2f: a majority must be up together for long enough. Crashed processes come
// back with what they logged. Links lose, copy, delay and reorder. Until some time,
// unknown, delays have no bound; from then on they have one, unknown as well.
//
// # Guarantee
//
//	I1  No two processes decide differently, whatever the detector says.
//	I2  What is decided is somebody's input.
//	I3  Once delays are bounded and a majority is up, all that are up decide.
//	I4  If a majority has acknowledged v in round r, then every later proposal is
//	    v: among the majority of estimates that it is taken from is one of those.
//	I5  A coordinator proposes one value in a round, also across a crash.
//
// # Messages
//
//	Estimate  process      all          I am in this round, and hold this
//	Propose   coordinator  all          phase 2; also to who asks again
//	Ack       process      coordinator  phase 3
//	Decide    process      all          this is it; passed on once by everybody
//	Alive     process      all          heartbeat of the detector
//
// # Departures
//
// There is no negative acknowledgement: a coordinator that is suspected hears of
// a higher round, and joins it, as everybody does. A process stays in a round until
// it suspects the coordinator, and repeats its estimate; the paper's goes on at once,
// and has channels that lose nothing.
//
// # Not here
//
// More than one decision, and detectors of other classes.
package rotating
