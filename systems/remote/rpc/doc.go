// Package rpc is remote procedure calls between nodes, with the three promises
// that a call can make about how often its procedure runs.
//
// A. Birrell and B. Nelson, "Implementing remote procedure calls", ACM TOCS 2(1),
// 1984, gave the stubs, the dispatcher and the call identifiers; the tables of what
// was seen are those of MIT's 6.033 and of Sun RPC's duplicate request cache.
//
// # What a caller can know
//
// A call without a reply may have been lost, or its reply was; the server may have
// died before it ran or after, or may be slow. The caller cannot tell. What it can
// have is a promise that holds in all of these:
//
//	semantics      client                            server                         after success   after an error
//	AtLeastOnce    sends again until a reply comes   runs every copy                ran once, or    ran any number
//	                                                                                more often      of times, or 0
//	AtMostOnce     the same, under one XID           runs an XID once, answers      ran once        ran once or
//	                                                 copies from its table                          not at all
//	ExactlyOnce    logs the call before it sends,    the same                       ran once        does not end in
//	               goes on after a crash                                            	            an error
//
// # Faults
//
// Messages are lost, delayed, duplicated, reordered. Clients and servers crash and
// come back with what they logged.
//
// # Invariants
//
// I1. No two calls carry one XID, over restarts of their client: the numbers that a
// Sequence gives out were reserved in its log first.
//
// I2. Under AtMostOnce a server starts a procedure at most once for an XID: what is
// running is marked pending, what has run is in the table, and what was discarded
// from the table lies at or below the client's mark, which the table keeps as long as the
// client may send.
//
// I3. What a procedure changed, the XID and the reply become durable together, before
// the reply leaves: they are one record of the server's log (the output rule).
//
// I4. Every answer to a call of one XID is the same, but for those that only say a
// copy was turned away (Overloaded, Discarded).
//
// # Messages
//
//	message   from     to       why
//	Request   client   server   run this procedure
//	Reply     server   caller   what came of it, and whether it ran
//	Forget    door     server   a client is over: none of its requests can come any more
//
// # Effects outside
//
// I3 covers what a procedure does to the server's own state. An effect elsewhere
// (a banknote that is dispensed) cannot be made durable in the same step as the
// record of it: a server that dies in between comes back without knowing. Outside
// procedures choose with InDoubt which of the two errors they prefer; no choice
// avoids both.
//
// # Not here
//
// Authentication, encryption and flow control belong to the connection
// (kernel/live). On a network that makes copies a server never forgets a client by itself: it
// keeps one mark for each, up to Config.MaxClients, and refuses others (Forget).
package rpc
