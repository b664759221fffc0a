// Package determinism is an analyzer that reports what would make two runs of
// one seed differ, in packages that hold protocols.
//
// A protocol is a deterministic state machine: what it does depends on the
// calls into it and on nothing else. So it may not
//
//   - run beside itself: go statements, select, channels, sync
//   - look outside: net, os, the wall clock, global or cryptographic randomness,
//     the address or the lifetime of memory
//   - keep state that two nodes of one process share: package variables are
//     set where they are declared and in init
//   - let the order of a map show
//   - sort elements that compare equal without saying which comes first
//
// # Maps
//
// A range over a map passes if its body can be seen not to care for the order:
// it deletes, counts, sums integers, fills another map or a slot per key, looks
// whether some entry satisfies a condition, or collects into a slice that the
// same block then sorts whole. Anything else sorts its keys first, or says why
// the order is harmless in the line above:
//
//	//parley:unordered each entry is sent to a host of its own
//
// # Sorts
//
// slices.SortFunc and sort.Slice leave the order of equal elements open. Either
// the comparison is total, which the line above states with its reason,
//
//	//parley:noties indexes of a log are unique
//
// or the sort is a stable one over a slice whose order is determined.
//
// A directive without a reason, or with nothing to excuse, is reported too.
package determinism
