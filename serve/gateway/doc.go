// Package gateway is the client's side of a store that PBFT replicates: a door for etcd's
// clients that runs where they run, and believes no single host of the cluster.
//
//	the client's machine                           the cluster, one host of which may lie
//
//	etcd clients ──► serve/etcd                                 ┌──► a
//	                     │                                      ├──► b
//	              rsm.Replica, stores/kv ── pbft, following ────┼──► c
//	              the data directory                            └──► d
//
// A door of a host of the cluster answers from that host's replica, so whoever comes in
// by it trusts that host. Behind this door stands a follower (pbft.Config.Follow): it has
// no vote, asks for commands to be ordered as any client does, and executes what f+1
// replicas say has committed, where one of them does not lie. What it answers, and what
// watches see, is its own state. What clients may do, leases, watches and transactions
// included, is what they may do at any host's door (serve/etcd).
//
// # Trust
//
// The hosts' keys come over the link when the gateway first meets them, and it is held to
// them from then on, as they are to its own. With credentials (TLS) that is as good as
// the certificates; on loopback without them any process of the machine can pose as a host.
// Each gateway needs a name of its own, and a certificate for it: two of one name take each
// other for a replay.
//
// # The cost
//
// The gateway holds the whole store, in memory and on its disk, and is sent every batch
// by one of the hosts, and 3f+1 short messages about it.
package gateway
