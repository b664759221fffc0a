// Package etcd is the door to a replicated kv.Store that etcd's users know:
// the gRPC services of etcd v3, so that etcdctl, the Go client and everything
// built on it work unchanged.
package etcd
