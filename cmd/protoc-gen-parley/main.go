// Command protoc-gen-parley is a plugin of protoc and buf that turns the services of
// a .proto into Go for package rpc: an interface that the server implements, its
// registration with the dispatcher, and typed clients, one for the tasks of a node
// (simulated and live) and one for programs that call over TCP.
//
//	protoc -I . -I "$PARLEY/cmd/protoc-gen-parley" --parley_out=. --parley_opt=paths=source_relative bank.proto
//
// Each method says how often it may run, by an option of parley/semantics.proto:
//
//	import "parley/semantics.proto";
//
//	service Accounts {
//	  rpc Debit(Order) returns (Balance) { option (parley.semantics) = EXACTLY_ONCE; }
//	  rpc Dispense(Order) returns (Note) { option (parley.semantics) = AT_MOST_ONCE; option (parley.outside) = true; }
//	}
//
// From bank.proto come bank.parley.go, and with the option tcp=true (the default) also
// bank_tcp.parley.go, which is a file of its own since protocols must not see sockets.
//
// # Messages
//
// Messages become plain structs that kernel/wire encodes, in the bytes that protobuf's
// libraries of other languages write and read. Where the two encodings could differ the
// plugin refuses the .proto: it takes proto3 with fields of the types bool, uint32, uint64,
// sint32, sint64, float, double, string, bytes, enums without negative values, messages of
// files that it generates, and repeated ones of all of these, or optional ones but for
// bytes. It takes no int32 and int64 (sint32 and sint64 say the same in another encoding),
// fixed integers, maps (protobuf leaves their order open; use repeated entries), oneofs, and
// streams.
//
// The option itself is a file that protoc must find. "protoc-gen-parley -proto DIR" writes it
// to DIR/parley/semantics.proto, for whom has no checkout.
package main

import (
	_ "embed"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"google.golang.org/protobuf/compiler/protogen"
)

//go:embed parley/semantics.proto
var semanticsProto []byte

func main() {
	write := flag.String("proto", "", "write parley/semantics.proto below this directory, and do nothing else")
	flag.Parse()
	if *write != "" {
		if err := writeProto(*write); err != nil {
			fmt.Fprintln(os.Stderr, "protoc-gen-parley:", err)
			os.Exit(1)
		}
		return
	}
	var o options
	protogen.Options{ParamFunc: o.flags().Set}.Run(o.generate)
}

func writeProto(dir string) error {
	dir = filepath.Join(dir, "parley")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "semantics.proto"), semanticsProto, 0o644)
}
