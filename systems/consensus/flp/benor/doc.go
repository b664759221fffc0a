// Package benor decides with probability 1 in an asynchronous network, where no
// deterministic protocol can: M. Ben-Or, "Another advantage of free choice:
// completely asynchronous agreement protocols", PODC 1983. What it gives up is
// that the number of rounds has a bound.
//
//	round r   report x to all, wait for n-f reports
//	          more than half of all say v:   propose v
//	          else:                          propose ?
//	          wait for n-f proposals
//	          more than f say v:             decide v
//	          at least one says v:           x = v
//	          none does:                     x = a coin's toss
//
// Two different values cannot both have more than half, so proposals other than ?
// agree. Who sees more than f of them knows that everybody sees at least one: all
// enter the next round with that value, and decide in it.
//
// # Fault model
//
// With Config.Byzantine false, n > 2f, up to f processes are down at any time;
// they come back with what they logged. With it true, n > 5f, up to f processes
// say what they like, and differently to different others; the thresholds are then
//
//	propose v:  more than (n+f)/2 reports     decide v:  more than (n+f)/2 proposals
//	adopt v:    at least f+1 proposals
//
// Links lose, copy, delay and reorder messages, and do not forge their senders.
//
// # Guarantee
//
//	I1  No two processes decide differently (lying ones apart).
//	I2  If all have one input, that is decided, in the first round.
//	I3  With probability 1 all that stay up decide.
//	I4  A process never says two things of one phase: what it says is logged
//	    before it leaves.
//
// An adversary that sees everything and orders messages can keep n = 2f+1
// processes that did not begin alike undecided until all their coins fall alike:
// with probability 2^(1-n) a round. So the rounds after the first are distributed
// geometrically, with mean 2^(n-1), and that is exponential in n. Coins tossed in
// common would make it a constant.
//
// # Messages
//
//	Vote   process  all      what I say in this phase of this round
//	Vote   process  laggard  Answer: what I said in a phase that you are still in
//
// There is no message for a decision: who has decided v says v in all later
// phases, and only when asked.
//
// # Departures
//
// The paper's channels lose nothing. Here a process repeats its vote until it has
// heard enough, and who has passed that phase answers with its own of that time.
//
// # Not here
//
// Common coins, and more values than two.
package benor
