// Package rpctest is the harness and the experiments of remote calls (rpc).
//
// The server of an experiment keeps books: an operation, a number that its caller
// chose, raises how often that operation was applied. The books are the server's
// own state, so they say what its log says; effects outside (dispense) are counted
// where no crash undoes them. A meter listens to the network: which requests left
// under which XID, and whether two answers to one call differ.
//
//	same-program, latency, unlike-local            remote calls beside local ones
//	path, dispatch, machines                       the stubs
//	ambiguous, single-attempt                      what a caller cannot know
//	retries, late-copy, when-safe                  at least once
//	at-most-once, pending, past-the-mark, memory   at most once
//	numbers, random-numbers, counter-reset         its transaction ids
//	server-steps, client-steps, exactly-once       exactly once
//	outside                                        and where it ends
//
// Most are scripts on a held network, where a message arrives or is lost because
// the script says so; at-most-once, when-safe and exactly-once look for anything
// under a swarm of faults.
package rpctest
