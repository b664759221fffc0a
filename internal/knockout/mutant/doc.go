// Package mutant proves that experiments have teeth: it takes rules out of the
// code, one at a time, and expects a campaign to notice.
//
// A rule is a statement that a comment directive above it ties to an item of
// the canon, with the way to take it out:
//
//	//parley:rule raft.election.up-to-date-check force=false
//	if !r.log.upToDate(m.LastTerm, m.LastIndex) {
//
//	force=false   an if (or for) whose condition never holds
//	force=true    one whose condition always holds
//	drop          the statement is left out
//	value=EXPR    an assignment, a returned value or a condition is EXPR
//	              instead; of a for, the last part of its condition
//
// Directives may stand on one another: several ways to break one statement.
//
// # How
//
//	source ──Find──► rules ──Instrument──► copies in a build overlay
//	                                          │ go build -overlay, once
//	                                          ▼
//	              for each rule: the one binary, with that rule switched off,
//	              runs the experiments that name the rule's item, or failing
//	              that all of the system, until a violation or a budget
//
// Mutants need no marks: Mutants proposes changes to any package, negated
// conditions, comparisons off by one, statements left out, and each is tried
// with the experiments that come by it (Reached). What survives is a rule that
// nobody marked, code that nobody needs, or a change that makes no difference.
//
// Every rule of the one binary has a switch that an environment variable throws
// when the process starts (mutant schemata: Untch, Offutt and Harrold 1993), so
// compiling is paid once; and a switch is a number that follows from the rule
// itself, so what did not change is not compiled again the next time. Sources stay
// untouched, and ordinary builds know nothing of it.
//
// # Invariants
//
//	I1  With no rule switched off, the instrumented program is the original.
//	I2  A rule counts as caught only if the run that failed without the rule
//	    passes with it.
//	I3  Instrumenting keeps every line where it was, so that positions in
//	    panics are those of the source.
package mutant
