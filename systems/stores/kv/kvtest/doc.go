// Package kvtest is the harness and the experiments of package kv: the store as a
// host runs it, replicated by rsm on Raft, in a simulated world.
//
//	Group        replicas and their stewards: group.go
//	Record       the commands in the order of their execution; no two replicas
//	             may differ in a command or its answer: record.go
//	model        the store without anything clever, into which the record is
//	             replayed: model.go, modeltxn.go, modellease.go, answer.go
//	clients      read, write, swap and delete keys; what they see is a history:
//	             client.go, transaction.go, way.go, commits.go
//	holders      of leases, and of a lock with a key under a lease: tenant.go,
//	             locker.go
//	subscribers  watch, read slowly, and change hosts: subscriber.go, subscribed.go
//	operator     compacts, and takes alarms back: operator.go
//	trial        one run: load, faults, healing, agreement, judgement: trial.go,
//	             judge.go
//
// # Judges
//
//	linearizable  the history of the keys, by the order of execution, by the
//	              revisions in the answers, and by Porcupine
//	model         every answer, every replica in the end, at every revision that it
//	              is looked at; HashKV equal on all
//	watches       exactly the events that happened, in order, whatever replica they
//	              came from; what is left out was compacted, and said to be
//	leases        none ends before its time after the latest renewal, none stays
//	              for good; a key is there while its holder may count on that
//	locks         no two clients hold it at a time (true time); tokens rise
//
// # Experiments
//
//	everything    the seed draws all
//	leases        holders of leases, while leaders change
//	locks         holders of a lock, while leaders change and links are cut
//	watches       watches, while hosts change and the past is compacted
//	quota         a store that is full now and then
//	exactly-once  answers that get lost, for clients that ask again
package kvtest
