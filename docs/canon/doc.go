// Package canon is the ledger of what the project sets out to show: about 700
// claims of the papers and of the course that follows them, one testable thing
// an item, and for each the state of its proof.
//
// # Where things stand
//
//	chapter/*.yaml   the items, by chapter; written by people
//	rules.json       which line enforces which item; derived from the source
//	results/*.json   what experiments and knock-outs found; written by runs
//
// Nobody types a state. It follows from the other two:
//
//	open      nothing in the code claims to enforce or to show the item
//	built     a //parley:rule line names it, or a registered experiment does
//	verified  a recorded run of an experiment that names it found no violation
//	caught    verified, and with its rule taken out an experiment failed
//
// # Invariants
//
//	I1. Ids are unique, begin with the system and a dot, and never change.
//	I2. Every id in rules.json and results/*.json is an item's.
//	I3. rules.json agrees with the source (kept by internal/tidy).
//
// An item with an erratum is built the way the erratum says.
package canon
