// Package physical is what protocols that synchronize clocks share: a software
// clock that is corrected without running backward, the exchange of four
// timestamps that offsets are computed from, and intervals that contain the true
// time. The protocols are the packages below it:
//
//	cristian  a client asks one time server
//	berkeley  a group agrees with itself, without a time server
//	ntp       a hierarchy of servers, many samples, falsetickers (RFC 5905)
//	truetime  time as an interval, for protocols that can wait
//
// Nobody here sets the clock of a host. A host has an oscillator, Env.Elapsed,
// which drifts and cannot be corrected, and a protocol keeps a Clock on top of it.
//
// # Invariants
//
// I1. A Clock never runs backward, but for Step: slewing changes its rate by at
// most MaxSlew, and the rates together stay above zero.
//
// I2. The offset of an Exchange is off by half of the difference between the two
// directions' delays, and hence by at most half of Delay.
//
// I3. Agree returns an interval that contains the true time if no more than the
// supposed number of intervals miss it (K. Marzullo, "Maintaining the time in a
// distributed system", 1984).
package physical
