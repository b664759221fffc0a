// Package kv is a multi-version key-value store with the data model of etcd v3,
// as a state machine that an engine replicates (rsm.StateMachine).
package kv
