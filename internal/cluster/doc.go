// Package cluster describes a cluster of hosts to the programs that run one:
// the configuration file of each host, and the certificates by which hosts know
// each other.
//
// `parley init` writes, into a directory of its own,
//
//	ca.crt  ca.key                 the cluster's authority; ca.key stays here
//	client.crt  client.key         for etcdctl and other clients
//	NAME/parley.yaml               what host NAME runs with
//	NAME/host.crt  host.key        who it is
//	NAME/ca.crt                    whom it believes
//
// so that a host needs its own folder and nothing else. Private keys are
// readable by their owner only.
//
// # Invariants
//
//	I1. A configuration that Parse returns can be run: every name is legal and
//	    unique, every address has a port, this host is one of the hosts, and
//	    whoever listens beyond loopback has credentials.
//	I2. A host's certificate names that host and its address, and is signed by
//	    the authority that all hosts of the cluster have.
//	I3. init replaces nothing: a directory that holds a cluster is refused,
//	    since new keys would lock its hosts out.
package cluster
