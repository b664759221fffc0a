// Package multicasttest is the harness and the experiments of package multicast.
//
//	Group    members in a simulated world, each with a board that keeps what was
//	         delivered to it: group.go, board.go
//	Client   submits multicasts to members and knows which were accepted: client.go
//	Oracle   sees every delivery when it happens: total.go, causal.go
//
// The experiments:
//
//	total-order             one order everywhere, under a swarm of faults
//	silent-member           one member that is down stops all, and harms nothing
//	acknowledge-on-receipt  the same schedule with and without FIFO channels
//	unordered-diverges      what Total is for: a deposit and interest, in two orders
//	causal-order            no effect before its cause, under a swarm of faults
//	bulletin-board          a poster, a replier and a reader, move by move
//	between                 two sides of a cut and a site that sees both, move by move
//	passed-on               everything reaches everybody over the links of a tree
package multicasttest
