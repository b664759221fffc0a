//go:build interop

package badday_test

import (
	"context"
	"errors"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/parleysystems/parley/kernel/workload"
)

// etcdStore is etcd's client, unmodified.
type etcdStore struct{ *clientv3.Client }

func (s etcdStore) ready(ctx context.Context) error {
	_, err := s.Get(ctx, "ready")
	return err
}

// surelyNot: a connection that broke and a timeout say nothing.
func (etcdStore) surelyNot(err error) bool {
	return errors.Is(err, rpctypes.ErrNoLeader) || errors.Is(err, rpctypes.ErrTooManyRequests)
}

func (s etcdStore) send(ctx context.Context, in workload.Request) (out workload.Response, err error) {
	switch in.Verb {
	case workload.Read:
		r, err := s.Get(ctx, in.Key)
		if err == nil && len(r.Kvs) == 1 {
			out.Value, out.Revision = string(r.Kvs[0].Value), uint64(r.Kvs[0].ModRevision)
		}
		return out, err
	case workload.Write:
		r, err := s.Put(ctx, in.Key, in.Value)
		if err == nil {
			out.Revision = uint64(r.Header.Revision)
		}
		return out, err
	case workload.Delete:
		r, err := s.Delete(ctx, in.Key)
		if err == nil && r.Deleted > 0 {
			out.Done, out.Revision = true, uint64(r.Header.Revision)
		}
		return out, err
	case workload.CAS:
		return s.swap(ctx, in)
	}
	panic("badday: the mix asks for what the store does not have: " + in.Verb.String())
}

func (s etcdStore) swap(ctx context.Context, in workload.Request) (out workload.Response, err error) {
	expected := clientv3.Compare(clientv3.Value(in.Key), "=", in.Expect)
	if in.Expect == "" {
		expected = clientv3.Compare(clientv3.CreateRevision(in.Key), "=", 0)
	}
	r, err := s.Txn(ctx).If(expected).Then(clientv3.OpPut(in.Key, in.Value)).Commit()
	if err == nil && r.Succeeded {
		out.Done, out.Revision = true, uint64(r.Header.Revision)
	}
	return out, err
}
