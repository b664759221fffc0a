//go:build peers

package main

// The peers are built from source by the Go toolchain; naming them here keeps
// their versions in go.mod.
import (
	_ "go.etcd.io/etcd/server/v3/embed"
	_ "go.etcd.io/etcd/server/v3/etcdmain"
)
