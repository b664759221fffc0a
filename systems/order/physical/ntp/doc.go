// Package ntp is the Network Time Protocol, version 4: clients that keep their
// clocks close to UTC by several servers of a hierarchy, and those servers.
// After RFC 5905 (D. Mills and others, 2010), cited by section.
//
// A Daemon is the whole of it, as a function of packets and of an oscillator's
// readings; it has no socket and no timer. Node runs one in a world of package
// node, and serve/ntp runs one on UDP. It keeps a software clock
// (physical.Clock) and sets nobody's. A Probe is one question to one server.
//
//	packet.go                    the header's 48 bytes (section 7.3)
//	timestamp.go                 its formats of time (section 6)
//	association.go  onwire.go    what is known of a server, and when to believe a packet (sections 8, 9)
//	filter.go                    the best of eight samples (section 10)
//	selection.go  cluster.go     falsetickers out, outliers out, the rest averaged (section 11.2)
//	verdict.go  status.go        what became of each source, and of the clock
//	system.go                    whom to follow, and what to tell clients (section 11.1)
//	discipline.go                what becomes of the offset (sections 11.3, 12)
//	poll.go                      when to ask (section 13)
//	respond.go                   the server's side, kiss-o'-death (sections 7.4, 9.2)
//	daemon.go  node.go           all together
//	probe.go                     a question without a daemon
//
// # Faults
//
// Packets are lost, delayed differently in each direction, duplicated and
// reordered; servers stop, or lie: less than half of a client's servers may.
// Who forges packets does not see what they answer: a request carries a random
// number of 64 bits, which the answer must repeat, a kiss-o'-death as well.
//
// # Guarantee
//
// I1. The true offset to a server lies within the root distance of the measured
// one, if the server's own root distance is true and its clock and ours drift by
// no more than Phi. What the daemon states of its own clock, Status.Distance, is as
// true; before it has learnt its frequency it allows for the worst that it can
// correct, 500 ppm, which the RFC does not.
//
// I2. A server whose correctness interval misses the intersection that a majority
// shares is not followed (a falseticker).
//
// I3. The software clock does not run backward, except in a step, which takes an
// offset beyond StepThreshold that persists for StepOut.
//
// I4. A client's stratum is one more than its system peer's, and it follows
// nobody who follows it; a longer cycle counts up to MaxStratum and breaks.
//
// # How fast it learns
//
// A clock that knows nothing measures its frequency for StepOut: an offset that is
// wrong by e makes that wrong by up to 2e/StepOut, 2.2 ppm for each millisecond. The
// loop takes the rest away slowly. By section 11.3 it is overdamped, with a time
// constant of 4.6 hours at a poll of 64 s, if each poll updated it; in truth the
// filter lets one of about five through, so that it is nearly a day. A client that
// is cut off on its first day therefore drifts by some ppm more than one that has
// had two days. Its distance covers either: it grows by Phi, 15 ppm. Who keeps the
// frequency over restarts (Config.Frequency) has learnt it once.
//
// # Departures
//
// The selection does without the RFC's condition that most middles of intervals lie
// in their intersection, and the cluster algorithm weights with the root distance.
// Both are as in later versions of the reference implementation; selection.go and
// cluster.go say why. A server's stratum and leap indicator are taken over from
// every packet of the system peer, not only from those that the filter chooses: else
// a hierarchy settles at eight polls a row. A step moves the samples with the clock,
// where the RFC throws them away. The filter has no popcorn spike suppressor: a spike
// has a long round trip, and to leave it out is what the shortest of eight is chosen
// for. A request says nothing of the client's clock.
//
// The client and server modes only: no symmetric peers, broadcast or manycast. No
// authentication; extension fields and MACs are ignored. The frequency is not kept
// over restarts, unless the caller does (Config.Frequency). Leap seconds are
// passed on, not carried out.
package ntp
