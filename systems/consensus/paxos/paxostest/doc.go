// Package paxostest is the harness and the experiments of package paxos.
//
//	Group    the nodes of one decision in a simulated world: group.go
//	Oracle   hears every message that leaves, and knows what was chosen: oracle.go
//
// The experiments:
//
//	agreement          the seed draws everything
//	small              a world of three hosts, move by move
//	exhaustive         every state that three or four acceptors can be in
//	acceptor, adopt    the rules of one acceptor and one proposer against a model
//	one-proposal       why acceptances of different numbers are not added up
//	forgetful          a crash of the acceptor that two majorities share
//	forgotten-promise  the same after a promise
//	numbers            a crash of a proposer in the middle of an attempt
//	minority           f of n acceptors down
//	learners           what the schemes cost, and what they hang on
//	duel               two proposers that collide for ever, and the cures
//	adversary          one that sees everything, against which there is no cure
//	two-phase          with a quorum of all: how far it is two-phase commit
//	availability       which of the two can finish, when hosts are down
package paxostest
