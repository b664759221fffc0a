// Command engines replicates one map, in memory on three hosts of one process
// that talk over loopback and sync their logs, with several Raft libraries in
// turn, and compares them under the same callers.
//
//	cd bench/engines && go run . -rounds 3 -duration 5s
//
// Every write is an 8-byte key and a 256-byte value, proposed at the leader's
// host. Every read is linearizable and asked of the leader's host: by lease
// where the library has one, else by ReadIndex.
//
//	engine      log                        network           reads
//	dragonboat  its own                    its own           ReadIndex
//	etcd-raft   etcd's write-ahead log     bufio over TCP    lease (etcd-raft-readindex: ReadIndex)
//	parley      kernel/wal                 kernel/live       lease
//
// parley is our Raft; our other engines, under the same replicas, log and network,
// are parley-multipaxos, parley-vr, parley-primarybackup, parley-chain and
// parley-craq, whose reads are asked of all three hosts in turn:
//
//	go run . -rounds 5 -engines parley-multipaxos,parley-vr,parley
//
// Beside the rates the processor time for an operation is shown, which other load on
// the machine moves less.
//
// dragonboat and Parley bring all of this; go.etcd.io/raft is the protocol alone,
// and what is around it here does less than the others' (no reconnecting, no
// snapshots, no restart), so its row is what a good user of it could hope for.
package main
