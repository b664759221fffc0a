// Package ntp runs an NTP server on UDP, for any client of the protocol: chronyd,
// ntpd, ntpdig, Windows. The protocol is systems/order/physical/ntp; here are the
// socket, the host's clock, and the limits that strangers meet.
//
//	client ── 48 bytes ──► socket ──► ntp.Daemon.Respond ──► 48 bytes, or nothing
//	                         │               ▲
//	                   one goroutine    the host's clock, read when a request came
//
// It serves the clock of the host as it is, and sets nobody's. That clock is taken
// to be right: the stratum, 10 unless told otherwise, warns clients that it stands
// behind no reference clock, and they prefer any server that does.
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
//
// # What is not here
//
// Times are taken when this process gets to run, not by the network card or the
// kernel: on a busy machine a request waits, and the client is off by half of that.
// Control and private mode (ntpq, and the long answers that made NTP a weapon) are
// not spoken, nor is NTS.
package ntp
