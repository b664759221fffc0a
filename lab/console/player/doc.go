// Package player makes runs of experiments for people to look at, and answers
// questions about them. The console's server and the simulator in the page (Go
// compiled to WebAssembly) are the same Player behind different doors.
//
// A Player is asked in JSON (Request) and answers with bytes:
//
//	list     the experiments that there are             JSON, []Experiment
//	run      makes a run and keeps it                   JSON, Summary
//	columns  the events of a run, for drawing           columns (see Columns)
//	event    one event: message, causes, states         JSON, Event
//	find     the events whose contents have a text      JSON, list of numbers
//	narrow   which steps of a run its violation needs    JSON, Narrowed
//	history  what the clients saw, as intervals         JSON, check.Picture
//	shrink   a smaller run that still fails             JSON, Shrunk
//	export   the events as svg, shiviz, json or text    that
//	open     keeps a recording under Spec.Recording     JSON, list of names
//	recordings   what is open                           JSON, list of names
//
// All but list, shrink, narrow and history can be asked of a recording as well.
//
// Runs are deterministic, so states are not kept: the state of a node before and
// after an event is found by making the run again up to there.
//
//	I1  A Player keeps at most maxRuns runs and maxEvents events; who asks for one
//	    that was dropped has it made again.
//	I2  A run of more than maxEvents events keeps the newest, and says so.
package player
