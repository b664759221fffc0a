// Package h2 serves gRPC for doors that answer very many small calls.
//
// Services register with a Server as they do with one of google.golang.org/grpc
// (it is a grpc.ServiceRegistrar), and clients cannot tell the two apart. What
// differs is what a call costs. There a unary call takes a goroutine, a context
// and two passages through queues before its answer reaches the socket; here a
// method may be made direct: the connection's reader hands over the request as
// it stands in the read buffer, and whoever has the answer, perhaps a replica's
// loop, puts it into the connection's outbox.
//
//	socket ──► reader ──┬─► direct method ───────► Call.Reply ──┐
//	                    ├─► goroutine: unary handler ───────────┤
//	                    └─► goroutine: stream handler ◄──► ... ─┤
//	socket ◄── writer ◄──────────── outbox ◄────────────────────┘
//
// A connection has two goroutines, its reader and its writer. The writer takes
// all that has gathered in the outbox with one write, so a crowd of answers
// costs one system call.
//
// Frames are golang.org/x/net/http2's, header compression is its hpack, statuses
// and metadata are google.golang.org/grpc's; this package keeps streams, windows
// and bounds. After RFC 9113 (HTTP/2) and the document "gRPC over HTTP/2".
//
// # Invariants
//
//	H1. Every call ends with one trailer, or its stream was reset, or its
//	    connection closed.
//	H2. Nothing is sent beyond the windows that the client granted, and a client
//	    that sends beyond ours loses its connection.
//	H3. A client costs bounded memory: Options.MaxStreams calls that run or wait,
//	    MaxRecvBytes for each message, maxBuffered for all messages on their
//	    way, maxOutbox for what it does not read, and the answers of its calls.
//	    While the outbox is full nothing more is read from that client.
//	H4. Frames of one stream leave in the order of the calls that wrote them.
//	    conn.mu guards all that decides that order, the state of the header
//	    compressor included.
//
// # Not here
//
// Compression of answers, server push, priorities, HTTP/1, trailers that a
// client sends (they end its side of the stream and are not shown).
package h2
