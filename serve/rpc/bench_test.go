package rpc_test

import (
	"context"
	"testing"
	"time"

	door "github.com/parleysystems/parley/serve/rpc"
)

// BenchmarkCall makes one call after the other through a door, and counts the
// allocations of both ends; bench/rpc has its peers.
func BenchmarkCall(b *testing.B) {
	h := open(b, b.TempDir(), "127.0.0.1:0", door.Config{})
	c := dial(b, door.ClientConfig{Address: h.door.Addr(), RetryAfter: time.Minute})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := door.Call[Raise, Sum](context.Background(), c, "look", &Raise{Text: "x"}); err != nil {
			b.Fatal(err)
		}
	}
}
