// Command rpc makes the same unary calls with Parley's rpc, grpc-go, connect-go and
// net/rpc, and prints calls a second, latencies and allocations.
//
//	cd bench/rpc && go run . -rounds 5 -duration 2s
//
// A call sends 100 bytes in a message with one field and gets them back; callers share
// one connection on loopback, client and server are one process. What is counted is
// therefore both ends of a call: allocations, and the time of processors. Systems take
// turns within a round, so that they share whatever the machine does to them. Figures
// are medians over the rounds, but for processor time, which is the least: what a busy
// machine adds to it is not the system's. The ratio is that of Parley's rate to the row's
// in the same round, its median. On a busy machine many short rounds tell more.
//
// The row "parley" is a server without tables (at least once), which promises what the
// peers do when they try again. "parley, once" is one with tables (at most once), whose
// every call is on disk before it is answered; no peer has that. "bytes alone" is no
// system but the floor of a lone caller: the bytes of such a call, to a goroutine that
// sends back those of its result, over the same kind of connection.
package main
