// Package paxostest is the harness and the experiments of package paxos.
//
//	Group    the nodes of one decision in a simulated world: group.go
//	Oracle   hears every message that leaves, and knows what was chosen: oracle.go
//
// The experiments:
//
//	agreement    the seed draws everything
package paxostest
