// Package chaintest is the experiments of package chain, of plain chains ("chain")
// and of chains with apportioned queries ("craq"), on the harness of package rsmtest,
// which says what is judged in all of them. The configuration service has three hosts
// of its own and runs on Raft. Judged besides, after every event: the two invariants
// of the chain replication paper, and one configuration an epoch.
//
//	chain/linearizable    the seed draws everything
//	chain/reconfigure     replicas die at every step of a stream of writes
//	chain/deposed         tails that are removed without knowing it
//	craq/linearizable     as for chains, with reads everywhere
//	craq/deposed          replicas that are removed without knowing it
//	craq/one-write        where a version is dirty, and when
//	craq/version-query    what a read of a dirty object costs and returns
//	craq/eventual         reads of any state, and what becomes of it in the end
//	craq/weaker-reads     reads that may be old, within bounds
//	craq/read-throughput  reads by the length of the chain
//
// Run them with `parley check chain craq`.
package chaintest
