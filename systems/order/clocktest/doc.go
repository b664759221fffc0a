// Package clocktest is the harness and the experiments of the logical clocks,
// packages lamport and vector.
//
// A run is a few processes in a simulated world that do events of their own and
// send each other messages over links that lose, duplicate, delay and reorder;
// each keeps a Lamport clock and a vector clock by the rules (process.go). The
// harness records every event with what directly precedes it, and computes the
// happens-before relation from that alone, without looking at any clock
// (execution.go). The experiments compare the two:
//
//	happens-before   the relation itself, computed in two ways
//	clock-condition  a Lamport reading is the length of the longest causal chain
//	total-order      stamps order all events alike everywhere, and causally
//	no-converse      how much order Lamport readings show that is none
//	vector           vector readings are ordered exactly as events are
//	comparison       what Compare says of any two readings
package clocktest
