package rpctest_test

import (
	"testing"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/systems/remote/rpc"
	"github.com/parleysystems/parley/systems/remote/rpc/rpctest"
)

// BenchmarkCall compares a local call with what a remote one costs besides the
// network: arguments, request, reply and result into bytes and back.
func BenchmarkCall(b *testing.B) {
	b.Run("local", func(b *testing.B) {
		books, op := rpctest.NewBooks(), &rpctest.Op{ID: 1, Key: "k", Value: 30}
		for b.Loop() {
			if _, err := books.Add(op); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("marshalling", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			marshal(b)
		}
	})
}

func marshal(b *testing.B) {
	args, err := wire.AppendBody(nil, &rpctest.Op{ID: 1, Key: "k", Value: 30})
	check(b, err)
	check(b, there(&rpc.Request{ID: rpc.XID{Client: "c/client", Number: 7}, Method: "add", Args: args}))
	check(b, wire.UnmarshalBody(args, new(rpctest.Op)))
	result, err := wire.AppendBody(nil, &rpctest.Seen{Value: 30, Times: 1})
	check(b, err)
	check(b, there(&rpc.Reply{ID: rpc.XID{Client: "c/client", Number: 7}, Status: rpc.OK, Result: result}))
	check(b, wire.UnmarshalBody(result, new(rpctest.Seen)))
}

// there takes a message into bytes and out of them.
func there(m any) error {
	bytes, err := wire.Marshal(m)
	if err != nil {
		return err
	}
	_, err = wire.Unmarshal(bytes)
	return err
}

func check(b *testing.B, err error) {
	if err != nil {
		b.Fatal(err)
	}
}
