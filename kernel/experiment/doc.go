// Package experiment says what an experiment is, runs campaigns of them, and
// makes failing runs small.
//
// An experiment asks a question about a system, and a seed answers it: the seed
// draws the cluster, the workload, the faults and the protocol's own knobs, the
// simulator runs them, judges decide. Packages named xxxtest register theirs;
// go test, the command line and the console run them by this package.
//
//	Register   makes an experiment known         Select, All   find it
//	Once       one run                           Twice         and a second through the codec
//	Campaign   many seeds, on all processors     Report        what came out
//	Shrink     a smaller run that still fails    Replay        a run as text
//	Small      a world whose moves are chosen    Search        by whom
//
// # Searches
//
// A campaign's Search says how it looks; all of them choose through one source
// of choices, so what they find replays and shrinks alike.
//
//	Swarm       the seed draws everything: cluster, knobs, faults, delays
//	PCT         priorities decide which message arrives next, and change at few
//	            points; for any experiment that calls Options.World, and small
//	            worlds
//	Exhaustive  every sequence of moves of a small world, up to a length, without
//	            visiting a state twice
//	Coverage    the plans of runs whose events were connected as no earlier run's
//	            were are changed and tried again
//
// A Small experiment is a world that stands still between moves; its plan is the
// moves that were made.
//
// # Invariants
//
//	I1  The same experiment, seed and options give the same Result. Twice
//	    checks it, and a difference is a violation.
//	I2  Of the violations within a campaign's seeds the one with the least seed
//	    is always found, however many workers there are.
//	I3  A violation outweighs everything, and nothing passes by omission: a run
//	    undecided, a campaign without runs, or a Sometimes state that no run
//	    reached make the verdict Unknown.
//	I4  Shrinking only ever returns runs that it has seen fail, and returns
//	    when its time is up or its caller gives up, even if a run hangs.
//
// A fault plan is a text of one fault a line. What the lines mean is the
// simulator's business; here they are only left out, one by one, which works
// because the simulator's draws are keyed: without one fault, the others and
// everything else stay as they were.
package experiment
