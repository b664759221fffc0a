// Package workload makes the requests of an experiment and records what its
// clients saw.
//
// A generator is a pure function of a seeded source, so that the same seed asks
// for the same operations whatever the system under test does with them, and
// dropping one operation leaves the others as they were.
//
// A History holds what is needed to judge a run, and nothing that only the
// system itself could know: who asked for what, when, and how it ended. An
// operation ends in one of three ways, and the difference between the last two
// is what most test suites get wrong:
//
//	ok       it took effect between its call and its return
//	failed   it certainly did not and will not take effect
//	unknown  neither is certain: a timeout, a lost connection, a crash
//
// Invariants:
//
//	I1  Histories are ordered by Call, and an operation's ID is its position.
//	I2  Call <= Return; Return is Never exactly for unknown outcomes.
//	I3  Values written are unique within a run, so that a read names its write.
//
// Histories are dumped and loaded as JSON lines, one operation a line.
package workload
