package etcd_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"sync/atomic"
	"testing"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
	"google.golang.org/grpc"

	"github.com/parleysystems/parley/serve/etcd"
	"github.com/parleysystems/parley/systems/stores/kv"
)

// The benchmarks drive the unmodified client over TCP: 10 connections, 100
// callers, keys of 8 bytes, values of 256. "stub" is a server that answers
// without doing anything, the ceiling; "single" is the door in front of a
// replica without disk and peers; "group" is three hosts.

type stub struct{ pb.UnimplementedKVServer }

func (stub) Put(context.Context, *pb.PutRequest) (*pb.PutResponse, error) {
	return &pb.PutResponse{Header: &pb.ResponseHeader{Revision: 1}}, nil
}

func (stub) Range(context.Context, *pb.RangeRequest) (*pb.RangeResponse, error) {
	return &pb.RangeResponse{Header: &pb.ResponseHeader{Revision: 1}}, nil
}

func servers(b *testing.B, run func(b *testing.B, endpoints []string)) {
	b.Run("stub", func(b *testing.B) {
		l := listen(b, "127.0.0.1:0")
		g := grpc.NewServer()
		pb.RegisterKVServer(g, stub{})
		go g.Serve(l)
		defer g.Stop()
		run(b, []string{l.Addr().String()})
	})
	b.Run("single", func(b *testing.B) {
		s := must(etcd.New(newSingle(b, kv.Options{}), etcd.Options{Self: self}))(b)
		l := listen(b, "127.0.0.1:0")
		go s.Serve(l)
		defer s.Stop()
		run(b, []string{l.Addr().String()})
	})
	b.Run("group", func(b *testing.B) {
		g := newGroup(b)
		var endpoints []string
		for i := range g.members {
			endpoints = append(endpoints, g.endpoint(i))
		}
		g.leader(deadline(b), g.client(0))
		run(b, endpoints)
	})
}

func drive(b *testing.B, endpoints []string, connections, callers int, call func(context.Context, *clientv3.Client, uint64) error) {
	clients := make([]*clientv3.Client, connections)
	for i := range clients {
		clients[i] = must(clientv3.New(clientv3.Config{Endpoints: endpoints[i%len(endpoints) : i%len(endpoints)+1], Logger: zap.NewNop()}))(b)
		defer clients[i].Close()
	}
	var n atomic.Uint64
	ctx := context.Background()
	if err := call(ctx, clients[0], 0); err != nil {
		b.Fatal(err)
	}
	b.SetParallelism(max(1, callers/2)) // times GOMAXPROCS
	b.ResetTimer()
	b.RunParallel(func(p *testing.PB) {
		c := clients[int(n.Add(1))%connections]
		for p.Next() {
			if err := call(ctx, c, n.Add(1)); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "ops/s")
}

func key(n uint64) string { return string(binary.BigEndian.AppendUint64(nil, n%10_000)) }

var value = string(bytes.Repeat([]byte("v"), 256))

func BenchmarkPut(b *testing.B) {
	servers(b, func(b *testing.B, endpoints []string) {
		for _, callers := range []int{1, 100, 1000} {
			b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
				drive(b, endpoints, min(callers, 10), callers, func(ctx context.Context, c *clientv3.Client, n uint64) error {
					_, err := c.Put(ctx, key(n), value)
					return err
				})
			})
		}
	})
}

func BenchmarkGet(b *testing.B) {
	servers(b, func(b *testing.B, endpoints []string) {
		for _, callers := range []int{1, 100, 1000} {
			b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
				drive(b, endpoints, min(callers, 10), callers, func(ctx context.Context, c *clientv3.Client, n uint64) error {
					_, err := c.Get(ctx, key(n))
					return err
				})
			})
		}
	})
}
