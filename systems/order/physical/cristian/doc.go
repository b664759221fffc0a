// Package cristian sets a client's clock by one time server. After F. Cristian,
// "Probabilistic clock synchronization", Distributed Computing 3, 1989.
//
// The client asks at T1 of its clock; the server's answer says when the question
// came (T2) and when the answer left (T3); it arrives at T4. The client takes the
// server's time to be T3 + delta/2 then, with delta = (T4-T1) - (T3-T2).
//
// # Faults
//
// Messages are lost and delayed at will. The server is right and up: without it
// the clock runs on by its own oscillator.
//
// # Guarantee
//
// I1. Right after an answer the clock is off by half of the difference of the two
// directions' delays, hence by at most delta/2, which ErrorBound returns. Nothing
// that the client can see tells the difference.
//
//	message   from    to      why
//	Question  client  server  what time is it?
//	Answer    server  client  T1 as it came, T2 and T3
//
// # Departures
//
// The four timestamps are NTP's form; the paper has one reading of the server's
// clock, and asks again until the round trip is short (Config.MaxDelay does).
// Config.Naive adopts T3 as it comes, which the name says; experiments use it.
package cristian
