// Package etcd is the door to a replicated kv.Store that etcd's users know:
// the gRPC services of etcd v3 (etcdserverpb/rpc.proto, 3.7), so that etcdctl,
// the Go client with its concurrency package, and what is built on them work
// unchanged, against any host of the group.
//
//	client goroutines            the replica's loop
//	                  requests
//	KV, Lease, ... ───────────► queue ──► Propose / Read + Query ──┐
//	     ▲                                                         │
//	     └──────────────── answer, one per request ◄───────────────┘
//	                                                   Apply
//	Watch: receive ───────────► create, cancel           │
//	       send    ◄── outbox ◄── Deliver ◄── kv.hub ◄───┘
//	          └──── room again ──► Pull (history)
//
//	every 100 ms: who leads, leases that ran out, health
//
// The store and the replica live on one loop and know neither locks nor
// channels; the door is where goroutines meet it. Callers line up in one queue,
// and whoever finds it empty wakes the loop once for all (request.go). What takes
// long (hashes, snapshots, streamed ranges) is done on a pinned state beside the
// loop (pinned.go).
//
// The transport is serve/h2's. Range of one key and Put are direct calls of it:
// no goroutine stands between the client's connection and the queue (direct.go).
//
// # Services
//
//	KV           Range, RangeStream, Put, DeleteRange, Txn, Compact
//	Watch        any number of watches a stream; progress, fragments, prev_kv
//	Lease        Grant, Revoke, KeepAlive, TimeToLive, Leases
//	Cluster      MemberList, Add, Remove, Promote; not Update
//	Maintenance  Status, Alarm, HashKV, Hash, Snapshot, MoveLeader; Defragment
//	             does nothing; not Downgrade
//	Auth         says that it is off
//	Health       grpc.health.v1
//	HTTP         /metrics, /health, /livez, /readyz, /version
//
// Not implemented: users and roles. Credentials are those of the connection
// (Options.TLS).
//
// # Invariants
//
//	E1. What a client is told about a write is what the group decided; an error
//	    says by its text whether the write may have happened (toGRPC).
//	E2. A watch sees what its kv.Watcher sees, in that order: all that is sent on
//	    a stream is put into its outbox on the loop.
//	E3. A client that does not read costs at most an outbox (outboxBytes and one
//	    batch) and a Watcher for each watch.
//	E4. The loop never waits for a client.
//
// # Differences that a client can see
//
// Answers are compared with those of a real etcd by TestAnswersAreThoseOfEtcd.
// What the store does differently stands in package kv. At the door:
//
// A renewal of a lease is a command: it takes as long as a write, and it counts
// on all hosts. A leader that has just been elected gives every lease its full
// time. A request for the progress of watches is answered once all watches of
// the stream have caught up, where etcd drops it if one has not. HashKV compares
// hosts of this kind only. Snapshot sends what an etcd member's database holds (see
// package backend), so that etcdctl and etcdutl make a cluster of etcd of it. URLs of
// members come from the hosts' configuration, so MemberAdd wants a host that is
// named there.
package etcd
