//go:build interop

package badday_test

import (
	"context"
	"testing"

	"github.com/parleysystems/parley/interop/hosts"
	"github.com/parleysystems/parley/kernel/workload"
	own "github.com/parleysystems/parley/serve/client"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/stores/kv"
)

// leaseStore is Parley's own client, which reads by the leader's lease: nobody
// else is asked, so a leader that has been replaced while it stood still is the
// one that could answer wrongly.
type leaseStore struct{ *own.Client }

// connectByLease returns a client of all hosts: it finds the leader by itself.
func connectByLease(t *testing.T, c *hosts.Cluster) leaseStore {
	t.Helper()
	peers := map[string]string{}
	for _, h := range c.Hosts {
		peers[h.Name] = h.Peer
	}
	client, err := own.Open(own.Config{Cluster: hosts.ClusterName, Hosts: peers, Timeout: patience})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() }) // the hosts are gone, or go next
	return leaseStore{client}
}

func (s leaseStore) ready(ctx context.Context) error {
	_, err := s.Get(ctx, rsm.Lease, []byte("ready"))
	return err
}

func (leaseStore) surelyNot(err error) bool { return rsm.SurelyNot(err) }

func (s leaseStore) send(ctx context.Context, in workload.Request) (out workload.Response, err error) {
	key := []byte(in.Key)
	switch in.Verb {
	case workload.Read:
		pair, err := s.Get(ctx, rsm.Lease, key)
		if err == nil && pair != nil {
			out.Value, out.Revision = string(pair.Value), uint64(pair.ModRevision)
		}
		return out, err
	case workload.Write:
		revision, err := s.Put(ctx, key, []byte(in.Value))
		return workload.Response{Revision: uint64(revision)}, err
	case workload.Delete:
		r, err := s.Execute(ctx, &kv.Command{DeleteRange: &kv.DeleteRange{Key: key}})
		if err == nil && r.DeleteRange.Count > 0 {
			out.Done, out.Revision = true, uint64(r.Revision)
		}
		return out, err
	case workload.CAS:
		return s.swap(ctx, in)
	}
	panic("badday: the mix asks for what the store does not have: " + in.Verb.String())
}

func (s leaseStore) swap(ctx context.Context, in workload.Request) (out workload.Response, err error) {
	expected := kv.Compare{Key: []byte(in.Key), Target: kv.CompareValue, Value: []byte(in.Expect)}
	if in.Expect == "" {
		expected = kv.Compare{Key: []byte(in.Key), Target: kv.CompareCreate}
	}
	r, err := s.Execute(ctx, &kv.Command{Txn: &kv.Txn{
		Compare: []kv.Compare{expected},
		Success: []kv.Op{{Put: &kv.Put{Key: []byte(in.Key), Value: []byte(in.Value)}}},
	}})
	if err == nil && r.Txn.Succeeded {
		out.Done, out.Revision = true, uint64(r.Revision)
	}
	return out, err
}
