// Package rpc has a client in another language call a server of ours: Python, with
// Google's protobuf library and the framing that docs/calls.md describes, and nothing
// of Parley's.
//
//	testdata/calls.py  ──► 127.0.0.1:any ◄── the bank of serve/rpc/bank, a process of its own
//	  bank_pb2.py            frames              bank.parley.go
//	  frames_pb2.py                              serve/rpc
//	      ▲                                          ▲
//	      └────── protoc ──── bank.proto, frames.proto ── protoc-gen-parley
//
// Both processes are killed in the middle; the accounts say how often each call ran.
// Without protoc and the library the tests are skipped, unless PARLEY_PROTOC=required.
package rpc
