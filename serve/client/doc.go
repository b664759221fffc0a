// Package client is Parley's own client of the store: for who embeds it and
// wants more from a connection than one request at a time.
//
//	c, err := client.Open(client.Config{
//		Cluster: "up",
//		Hosts:   map[string]string{"a": "127.0.0.1:2380", "b": "127.0.0.1:22380", "c": "127.0.0.1:32380"},
//	})
//	defer c.Close()
//	revision, err := c.Put(ctx, []byte("color"), []byte("red"))
//	pair, err := c.Get(ctx, rsm.Lease, []byte("color"))
//
// It is a host without a replica (kernel/live, a guest in its words) that talks
// to the others at their peer addresses, in their own protocol:
//
//	goroutines     Put Get Range Txn        Start StartRange
//	                  │ waits                  │ calls back
//	            ┌─────▼────────────────────────▼─────┐
//	any number  │ queue                              │  bounded
//	            └─────────────────┬──────────────────┘
//	                              │ all of it, one event
//	            ┌─────────────────▼──────────────────┐
//	one loop    │ rsm.Pipeline: session, leader,     │
//	            │ retries, a few messages in flight  │
//	            └─────────────────┬──────────────────┘
//	                              │ hundreds of requests in a message
//	                              ▼
//	                         the leader's host
//
// What gathers while earlier messages are under way goes with the next. So a
// lone request is not delayed, and a thousand share their costs: the message,
// the place in the log, the sync, the proof that the leader still leads.
//
// # Guarantees
//
//	I1. A command is executed at most once, however often it is sent, and a
//	    command that succeeded was executed exactly once. (Sessions, see rsm.)
//	I2. Every request ends with exactly one outcome, by Config.Timeout or Close.
//	I3. An error for which rsm.SurelyNot holds means that the command was not
//	    executed and never will be. A kv.Refusal means that it was executed and
//	    changed nothing. After any other error it may have been executed, or be
//	    so yet.
//	I4. Requests outstanding together may be executed in any order. Who needs an
//	    order waits for the first before he makes the second.
//
// # Reading
//
// Reads take a level. Linearizable costs the leader a round of messages, shared
// by all that wait; Lease promises the same as long as clocks run true enough,
// and costs no message; Serializable is any host's own state, which may be old.
//
// # Not here
//
// Watches, and what keeps a lease alive: etcd's clients speak to the same store.
package client
