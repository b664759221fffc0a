// Package memory is a scheme.Store in memory: units of work are atomic, and what is
// committed lasts as long as the process does. It is what a scheme costs without a
// log, and where schemes are tried.
//
// Two hooks make it behave like storage that is slow. Durable says when what was
// committed counts as durable, so that there are commits that no snapshot shows yet;
// Stall lets changes wait. Restart is what a crash leaves.
//
// Keys are found by a hash, and walked over by a tree, which only changes when a key comes
// or goes. An entry has its key and its value, if they are short, within it, and a change
// overwrites the value in place. For snapshots, and to be undone, an image keeps what it
// was before a unit first changed it, as long as somebody may read that:
//
//	entry   key, current value, number of the newest commit, images
//	image   what the key was before a unit; a snapshot shows that of the first unit
//	        whose commit it does not show
package memory
