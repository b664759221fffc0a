// Package host assembles one host of the stack out of its parts, the same way
// for every program that runs one: `parley up`, `parley serve`, tests of real
// clients.
//
//	     etcd clients            other hosts             people, Prometheus
//	          │                       │                          │
//	┌─────────▼──────────┐  ┌─────────▼─────────┐       ┌────────▼────────┐
//	│ serve/etcd         │  │                   │       │ serve/page      │
//	├────────────────────┴──┤  kernel/live      │       │ reads Status    │
//	│ rsm.Replica           │  one loop, one    │       └────────┬────────┘
//	│   engine    stores/kv │  log, TCP or TLS  │                │
//	└───────────────────────┴──────────┬────────┘◄───────────────┘
//	                                   │
//	                           the data directory
//
// The replica starts once the roll has been called (package roll): a host that
// has lost its disk must not vote as if it had not.
//
// # Invariants
//
//	I1. A Host that Open returns serves; one that cannot holds nothing open.
//	I2. A failure of any part ends the whole host: half a host would keep its
//	    place in quorums and promise what it cannot do.
//	I3. The door closes before the kernel does, so that a client is told that
//	    the host is going rather than left without an answer.
//	I4. What hosts say to one another is taken from hosts that the configuration
//	    names; from others, such as clients, only what clients may ask.
package host
