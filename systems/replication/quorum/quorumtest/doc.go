// Package quorumtest is the harness and the experiments of packages quorum and
// multimaster, between which a partition forces a choice.
//
//	client     a node that reads and writes at random, and records what it saw: client.go
//	stage      copies of either, clients and the links between them: stage.go
//
// The experiments belong to the system "consistency":
//
//	overlap      which R and W of N copies meet; linearizable under faults
//	write-back   overlap is not enough: the new value, and then the old one
//	quorum-cost  all or one against majorities: delays of reads and writes
//	partition    answer everywhere, or be linearizable (CAP)
//	causal       no effect before its cause, at sites that ask nobody
package quorumtest
