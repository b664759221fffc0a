// Package ntp runs an NTP server on UDP, for any client of the protocol: chronyd,
// ntpd, ntpdig, Windows; and a client, for any server. The protocol is
// systems/order/physical/ntp; here are the sockets, the host's clock, and the limits
// that strangers meet.
//
// # Server
//
//	client ── 48 bytes ──► socket ──► ntp.Daemon.Respond ──► 48 bytes, or nothing
//	                         │               ▲
//	                   one goroutine    the host's clock, read when a request came
//
// It serves the clock of the host as it is, and sets nobody's. That clock is taken
// to be right: the stratum, 10 unless told otherwise, warns clients that it stands
// behind no reference clock, and they prefer any server that does. With
// Options.Follow it serves the clock that a Client keeps, at the stratum below that of
// the server which is followed.
//
// # Client
//
//	servers ◄── a socket each ──► ntp.Daemon.Receive ──► the software clock
//	                                     ▲
//	               a goroutine that ticks every second
//
// A Client's oscillator is the host's monotonic clock. The software clock on top of it
// is corrected by rate, or in steps; the host's own clock is left alone. Query asks
// one server once.
//
// # Invariants
//
//   - N1. An answer is no longer than its request, and there is at most one: a
//     forged sender gains nothing by having us send to a victim.
//   - N2. A client, which is an IPv4 address or the 64 bits of an IPv6 network, gets
//     eight answers at once and one every Interval on average. Beyond that it is
//     told RATE, once until it is within the limit again, and else hears nothing.
//   - N3. What is remembered is bounded: 4096 clients, one packet.
//   - N4. Only requests are answered, so two servers cannot keep each other busy.
//   - N5. A Client takes packets from the address that it asked, and of those the one
//     that repeats a number of 64 bits from a generator that strangers cannot foresee.
//
// # What is not here
//
// Times are taken when this process gets to run, not by the network card or the
// kernel: on a busy machine a request waits, and the client is off by half of that,
// which it knows as part of the round trip.
// Control and private mode (ntpq, and the long answers that made NTP a weapon) are
// not spoken, nor is NTS.
package ntp
