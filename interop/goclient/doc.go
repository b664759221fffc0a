// Package goclient drives go.etcd.io/etcd/client/v3 and its concurrency package,
// unchanged, against three real hosts.
//
// Every test passes against etcd as well (PARLEY_INTEROP_ETCD, see package
// hosts), so what it asks for is what etcd does, errors included. Clients have
// one endpoint each unless a test says otherwise, and tests spread what they do
// over all hosts.
package goclient
