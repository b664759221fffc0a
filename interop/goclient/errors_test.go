//go:build interop

package goclient_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// TestErrorsAreTheOnesThatClientsMatchOn: callers compare with rpctypes, so code
// and text have to be exact.
func TestErrorsAreTheOnesThatClientsMatchOn(t *testing.T) {
	f, ctx := start(t)
	must(f.at[0].Put(ctx, "k", "1"))(t)
	must(f.at[0].Put(ctx, "k", "2"))(t)
	must(f.at[0].Put(ctx, "k", "3"))(t)
	must(f.at[0].Compact(ctx, 3))(t)
	lease := must(f.at[0].Grant(ctx, 600))(t).ID
	for _, test := range refusals(lease) {
		for i, c := range f.at {
			if err := test.ask(ctx, c); !errors.Is(err, test.want) {
				t.Errorf("%s, host %d: %v, want %v", test.name, i, err, test.want)
			}
		}
	}
	if r := must(f.at[1].Get(ctx, "", clientv3.WithFromKey()))(t); pairs(r) != "k=3" || r.Header.Revision != 4 {
		t.Errorf("a refusal left its mark: %s at revision %d", pairs(r), r.Header.Revision)
	}
}

type refusal struct {
	name string
	want error
	ask  func(context.Context, *clientv3.Client) error
}

func refusals(lease clientv3.LeaseID) []refusal {
	put := func(key, value string, o ...clientv3.OpOption) func(context.Context, *clientv3.Client) error {
		return func(ctx context.Context, c *clientv3.Client) error {
			_, err := c.Put(ctx, key, value, o...)
			return err
		}
	}
	get := func(key string, o ...clientv3.OpOption) func(context.Context, *clientv3.Client) error {
		return func(ctx context.Context, c *clientv3.Client) error { _, err := c.Get(ctx, key, o...); return err }
	}
	txn := func(ops ...clientv3.Op) func(context.Context, *clientv3.Client) error {
		return func(ctx context.Context, c *clientv3.Client) error {
			_, err := c.Txn(ctx).Then(ops...).Commit()
			return err
		}
	}
	many := make([]clientv3.Op, 200)
	for i := range many {
		many[i] = clientv3.OpGet("k")
	}
	return append([]refusal{
		{"read of the compacted", rpctypes.ErrCompacted, get("k", clientv3.WithRev(2))},
		{"read of the future", rpctypes.ErrFutureRev, get("k", clientv3.WithRev(99))},
		{"read of the compacted in a transaction", rpctypes.ErrCompacted, txn(clientv3.OpGet("k", clientv3.WithRev(2)))},
		{"read of the future beside a write", rpctypes.ErrFutureRev, txn(clientv3.OpPut("k", "x"), clientv3.OpGet("k", clientv3.WithRev(99)))},
		{"put without key", rpctypes.ErrEmptyKey, put("", "v")},
		{"get without key", rpctypes.ErrEmptyKey, get("")},
		{"put without key in a transaction", rpctypes.ErrEmptyKey, txn(clientv3.OpPut("", "v"))},
		{"no value to keep", rpctypes.ErrKeyNotFound, put("absent", "", clientv3.WithIgnoreValue())},
		{"no lease to keep", rpctypes.ErrKeyNotFound, put("absent", "v", clientv3.WithIgnoreLease())},
		{"value though it is to be kept", rpctypes.ErrValueProvided, put("k", "v", clientv3.WithIgnoreValue())},
		{"lease though it is to be kept", rpctypes.ErrLeaseProvided, put("k", "v", clientv3.WithIgnoreLease(), clientv3.WithLease(lease))},
		{"put with no such lease", rpctypes.ErrLeaseNotFound, put("k", "v", clientv3.WithLease(1234567))},
		{"same key twice", rpctypes.ErrDuplicateKey, txn(clientv3.OpPut("d", "1"), clientv3.OpPut("d", "2"))},
		{"put into what is deleted", rpctypes.ErrDuplicateKey, txn(clientv3.OpDelete("d", clientv3.WithPrefix()), clientv3.OpPut("dd", "2"))},
		{"too many operations", rpctypes.ErrTooManyOps, txn(many...)},
		{"too large", rpctypes.ErrRequestTooLarge, put("k", strings.Repeat("x", 3<<19))},
	}, otherRefusals(lease)...)
}

func otherRefusals(lease clientv3.LeaseID) []refusal {
	return []refusal{
		{"compaction of the compacted", rpctypes.ErrCompacted, func(ctx context.Context, c *clientv3.Client) error {
			_, err := c.Compact(ctx, 3)
			return err
		}},
		{"compaction of the future", rpctypes.ErrFutureRev, func(ctx context.Context, c *clientv3.Client) error {
			_, err := c.Compact(ctx, 99)
			return err
		}},
		{"revocation of no lease", rpctypes.ErrLeaseNotFound, func(ctx context.Context, c *clientv3.Client) error {
			_, err := c.Revoke(ctx, 1234567)
			return err
		}},
		{"renewal of no lease", rpctypes.ErrLeaseNotFound, func(ctx context.Context, c *clientv3.Client) error {
			_, err := c.KeepAliveOnce(ctx, 1234567)
			return err
		}},
		{"lease that exists", rpctypes.ErrLeaseExist, func(ctx context.Context, c *clientv3.Client) error {
			_, err := c.Do(ctx, clientv3.OpGet("k"))
			if err == nil {
				err = grantAs(ctx, c, lease)
			}
			return err
		}},
		{"lease for ever", rpctypes.ErrLeaseTTLTooLarge, func(ctx context.Context, c *clientv3.Client) error {
			_, err := c.Grant(ctx, 9_000_000_001)
			return err
		}},
		{"removal of no member", rpctypes.ErrMemberNotFound, func(ctx context.Context, c *clientv3.Client) error {
			_, err := c.MemberRemove(ctx, 1234567)
			return err
		}},
	}
}
