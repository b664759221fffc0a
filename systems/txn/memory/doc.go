// Package memory is a scheme.Store in memory: units of work are atomic, and what is
// committed lasts as long as the process does. It is what a scheme costs without a
// log, and where schemes are tried.
//
// Two hooks make it behave like storage that is slow. Durable says when what was
// committed counts as durable, so that there are commits that no snapshot shows yet;
// Stall lets changes wait. Restart is what a crash leaves.
//
//	current   what Get and Seek show: all changes, committed or not
//	durable   what snapshots are copies of; a copy costs nothing until one of the
//	          two is changed
//	changed   the number of the newest commit that changed a key
//
// Memory that is taken grows with the keys that ever were: for each of them changed
// has a number.
package memory
