// Package trace records what happened in a run and why: every event of every
// node, with the events that caused it.
//
// # Events
//
// An event happens at one place, which is a node ("host/service"), a host
// (crash, restart) or the world itself (a fault, a comment). It has up to two
// parents:
//
//	Prev   the event before it at the same place: program order
//	Cause  the event elsewhere, or earlier, that brought it about: the Send of
//	       a Receive, the step that armed a Timer, the append that became Durable
//
// Happens-before (Lamport 1978) is the transitive closure of the two. Since an
// event is recorded after its parents, identifiers grow along every chain of
// causes:
//
//	I1  Prev < ID and Cause < ID; zero stands for none.
//	I2  events of one place are linked by Prev in the order of recording.
//
// # Memory
//
// A Recorder keeps an event in 64 bytes, names interned and details (a message,
// the attributes of a note) as the pointers that they are: messages never
// change once sent, so they are rendered only when somebody looks. A Recorder
// with a limit is a ring that keeps the newest events and counts the others.
//
// # Output
//
//	Text     one line an event, for people
//	Diagram  a Lamport diagram in characters: a column a place, time downwards
//	SVG      the same diagram as a picture
//	ShiViz   vector clocks and events in the format that ShiViz reads
//	JSON     one object a line; ReadJSON reads it back
//
// All of them take any sequence of events, so what is shown can be narrowed
// first: Past gives the events that a given one depends on, which is where the
// explanation of a violation lies.
package trace
