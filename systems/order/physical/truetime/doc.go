// Package truetime tells the time as an interval that contains it. After J.
// Corbett and others, "Spanner: Google's globally-distributed database", OSDI
// 2012, section 3.
//
// Masters have reference clocks and say how good those are. A Client on every
// host asks several of them now and then, leaves out the ones that a majority
// contradicts (Marzullo's algorithm, physical.Agree), and between two such rounds
// lets its uncertainty grow by the bound on its oscillator's drift. Protocols
// that can wait turn the interval into an order: whoever waits until After(t)
// knows that t has passed everywhere (commit wait).
//
// # Faults
//
// Messages are lost and delayed at will, and that costs width and no more. Up to
// (n-1)/2 of a client's n masters may lie. Oscillators drift by at most
// Config.Drift; one that drifts faster breaks the guarantee, and is noticed only
// when its interval misses the masters' (Client.Evicted).
//
// # Guarantee
//
// I1. The true time lies in Now().
//
// I2. Earliest never goes back.
//
//	message  from    to      why
//	Query    client  master  what time is it?
//	Window   master  client  an interval that contained the time when it was sent
//
// # Departures
//
// The paper's masters also check each other; here only clients do. A client does
// not use its own clock's time of day at all.
package truetime
