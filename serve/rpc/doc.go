// Package rpc lets programs outside the cluster call the procedures of a server
// (systems/remote/rpc) over TCP, in frames that any language with a protobuf
// library can write; and it is the client of that protocol for Go.
//
//	host := live.Open(...)                       // serves "books": an rpc.Server
//	door, err := rpc.Listen(rpc.Config{Host: host, Service: "books", Listen: "127.0.0.1:7500"})
//
//	client, err := rpc.Dial(rpc.ClientConfig{Address: "127.0.0.1:7500"})
//	balance, err := rpc.Call[Debit, Balance](ctx, client, "debit", &Debit{Amount: 30})
//
// # Frames
//
// A connection carries frames in both directions and nothing else:
//
//	0        4      5
//	| length | kind | body ... |     length: 4 bytes, big endian, of kind and body
//
//	kind         from     body, as protobuf                          why
//	1 hello      client   {1: version uint64 = 1, 2: name string}    the first frame: who calls
//	2 welcome    server   {1: max_frame uint64, 2: max_calls uint64}  its answer, and the bounds
//	3 refusal    server   {1: reason string}                         the last frame: why the connection ends
//	4 call       client   {1: number uint64, 2: mark uint64,         run this procedure
//	                       3: method string, 4: args bytes}
//	5 result     server   {1: number uint64, 2: status uint32,       what came of it
//	                       3: result bytes}
//	6 bye        client   {}                                         no call of this name is sent ever again
//
// Bodies are proto3 messages in their plain encoding: fields in the order of their
// numbers, none that is zero, which is what protobuf's libraries write. args and
// result are protobuf messages too, those of the procedure. Results come in any
// order; number says of which call. A hello with another version is refused.
//
// status is 1 ok, 2 failed (it ran; result is its error as text), 3 no such method,
// 4 bad arguments, 5 overloaded (3 to 5: this copy did not run), 6 discarded (see mark),
// 7 in doubt (it may have run; the server died meanwhile).
//
// # Names, numbers, marks
//
// A name and a number are the XID of a call. So nobody else may ever use a client's
// name, and no number is used for two calls: a client whose numbers begin
// anew takes a new name, such as 128 random bits (as Client does). A call that had no
// result is sent again under the same number, on the same connection or
// another one. mark says that no call up to that number will be sent again; it may
// stay 0 for at most as many calls as the server remembers of a client.
//
// A server has a table for each name, and room for rpc.Config.MaxClients of them. A client
// that is over says bye when it has all its results, on its only connection; then the name
// is forgotten. Names of clients that ended otherwise stay.
//
// If connections are authenticated by certificates, the name that counts is the
// certificate's first DNS name, a slash, and the client's name: nobody can pose as
// another one. Without, names are only as good as those who use the network.
//
// # Bounds
//
// A frame longer than max_frame, garbage, a frame of a kind that a client does not
// send: refusal, and the connection is closed. So it is if a frame that has begun is
// not complete within Config.Patience, or if a client does not read what it is
// sent: its results wait in a queue of Config.MaxQueue bytes. Calls that are under
// way when a connection ends go on, and are answered when they are sent
// again. More than max_calls at a time are answered overloaded. Beyond
// Config.MaxConns a connection is refused.
//
// # Who is alone, and who is in a crowd
//
// In a crowd, goroutines that take all that is there save work: frames share a write,
// calls a turn of the server's loop, results a read. For who is alone each of them is
// only somebody else to wake up. So a lone caller writes and reads the connection
// itself; the reader at the door runs its call in the place of the server's loop, if
// that sleeps; and whoever has the loop's turn writes the result, if the socket takes it
// at once. A procedure that waits (rpc.HandleOutside) is a task there and keeps nobody
// from reading. Nothing ever waits for a second call to share something with.
//
// # Invariants
//
// I1. A result is sent only after the server's reply, which by the output rule is
// after the record of the call is durable.
//
// I2. An Error whose SurelyNot is true is of a call that did not run and never will:
// no request of it was handed to a connection, or the only one was refused.
//
// I3. Nothing that a client sends stops the host, or another client.
//
// I4. While a call waits for its result, somebody reads its connection: its caller,
// another call's, or the client's listener.
//
// # Not here
//
// A Client has no log, so its calls do not survive a crash of their caller (ExactlyOnce).
// Forward has: it lets the nodes of a host, with the client of systems/remote/rpc, call a
// server behind a door.
package rpc
