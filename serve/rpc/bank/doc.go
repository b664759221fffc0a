// Package bank is the example of protoc-gen-parley: bank.proto describes a service with
// one method for each of the three promises, the plugin made bank.parley.go and
// bank_tcp.parley.go of it, and Ledger is the service's procedures, which know nothing of
// messages.
//
//	bank.proto             what is agreed on, in any language
//	bank.parley.go         generated: messages, server interface, clients for nodes
//	bank_tcp.parley.go     generated: clients for programs that call over TCP
//	ledger.go              the procedures
//
// The tests run the same stubs in the simulator, on a live host, and over TCP;
// interop/rpc has a client in Python that was made from the same .proto.
package bank

//go:generate protoc -I . -I ../../../cmd/protoc-gen-parley --parley_out=. --parley_opt=paths=source_relative bank.proto
