// Package schemetest tries schemes of concurrency control (systems/txn/scheme):
// interactive transactions run beside each other, and what they saw is judged.
//
//	session.go    programs as coroutines, interleaved by a seed, in no world
//	trial.go      a run: a world with one host, whose tasks are the clients
//	client.go     random transactions, and the history of what they saw
//	the rest      the experiments, by their canon items
//
// Serializability of what clients saw is kernel/check/isolation's to judge, of the
// orders of lock tables package schedule's: neither knows of locks.
package schemetest
