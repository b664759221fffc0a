// Package hosts runs a store as a few processes on this machine that a test can
// stop, kill, freeze, rob of their data and start again.
//
//	test ──► Cluster ──► Host a ──► process ◄── kill -9, SIGSTOP
//	           │         Host b        │
//	           │         Host c        ├── data directory
//	           │                       └── log, shown if the test fails
//	           └──► clientv3, unmodified
//
// The store is parley, built from this checkout, with the engine that
// PARLEY_INTEROP_ENGINE names (raft if none), as in
//
//	PARLEY_INTEROP_ENGINE=vr go test -tags interop ./interop/etcdctl
//
// with its values where PARLEY_INTEROP_STORE says (memory if nothing, or engine;
// PARLEY_INTEROP_BINARY spares building it again for each of them);
// or, where the environment names its binary in PARLEY_INTEROP_ETCD, etcd itself.
// What a test says about the API has to hold of both: etcd is the specification of
// the door.
//
// # Invariants
//
//   - H1. No process outlives its test. Parley's even end with a test binary that
//     was killed, because they stop when their standard input ends.
//   - H2. Ports lie below those that the system gives to outgoing connections, so
//     that nothing takes the port of a host while it is down.
//   - H3. Waiting is polling a condition up to a limit; the limit fails the test.
//   - H4. What a test does to a host it does from outside: its disk is a mount, a
//     failing sync is strace, a wrong clock is other code where the kernel's was.
package hosts
