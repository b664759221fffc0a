// Package enginetest tries to break the engine: it runs a database on a host that
// loses its power at any write or sync it is told to, drops and tears what was
// not synced, and compares what comes back with a model. Commits are durable in the
// order of their calls, so that the state after a crash must be one of those after
// some number of commits, at least as many as were acknowledged.
//
//	host.go      a host whose writes and syncs are counted, in an order drawn by seed
//	model.go     what the database must hold
//	workload.go  units of work, several open at a time
//	trial.go     incarnations: run, lose power, restart, compare
//	the rest     the experiments
package enginetest
