// Command bft has four replicas, of which one may lie, execute requests of 256 bytes,
// with our PBFT and with CometBFT (v1, its kvstore application) in turn, and compares
// them under the same number of clients, each of which waits for its request.
//
//	cd bench/bft && go run . -rounds 3 -duration 5s
//
//	system    replicas                       a client's request is done when
//	comet     four nodes, blocks without a   the node that it was handed to has
//	          pause between them             committed the block
//	parley    pbft.Replica on kernel/live    f+1 replicas have said the same
//
// All replicas and clients of a run are in one process, speak over loopback and sync
// their logs. Each run has a process to itself, which is not asked to end (apart.go).
// CometBFT is a blockchain: it signs every vote and gossips transactions before they
// are ordered, and it has no clients with keys. So its row stands for what it is used
// for, and not for the best that a signature a vote could do.
package main
