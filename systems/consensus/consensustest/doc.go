// Package consensustest is what the harnesses of protocols that decide once
// share: one simulated run (Run), a question without a world (Question), an ear
// on all that is sent (Ear), and the judge of the three properties of consensus
// (Decisions). What is asked stands in flptest and paxostest.
//
//	termination  every process that does not fail decides
//	agreement    no two decide differently, those that failed later included
//	validity     what is decided was proposed by somebody
package consensustest
