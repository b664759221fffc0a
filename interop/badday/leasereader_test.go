//go:build interop

package badday_test

import (
	"context"
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/workload"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/stores/kv"
)

// leaseReader asks the leader that it knows again and again, without waiting for
// answers. So a leader that stands still finds reads that began after another was
// elected and had acknowledged writes: the ones that it must not answer from its
// own state.
type leaseReader struct {
	store    leaseStore
	recorder *recorder
	free     chan int // numbers of clients without a read outstanding
}

const (
	readEvery   = 10 * time.Millisecond
	outstanding = 256 // reads of one reader
)

// newLeaseReader uses the clients' numbers from first on.
func newLeaseReader(s leaseStore, r *recorder, first int) *leaseReader {
	reader := &leaseReader{store: s, recorder: r, free: make(chan int, outstanding)}
	for i := range outstanding {
		reader.free <- first + i
	}
	return reader
}

func (r *leaseReader) run(ctx context.Context) {
	tick := time.NewTicker(readEvery)
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			r.await()
			return
		case <-tick.C:
		}
		select {
		case number := <-r.free:
			r.read(number, keyName(mix, i%mix.Keys))
		default: // enough are outstanding
		}
	}
}

func (r *leaseReader) read(number int, key string) {
	id := r.recorder.Invoke(number, workload.Request{Verb: workload.Read, Key: key})
	r.store.StartRange(rsm.Lease, &kv.Range{Key: []byte(key)}, func(found *kv.RangeResult, err error) {
		var out workload.Response
		switch {
		case err != nil:
			r.recorder.Fail(id, fmt.Errorf("read by lease: %w", err)) // a read that fails changed nothing
		default:
			if len(found.KVs) == 1 {
				out.Value, out.Revision = string(found.KVs[0].Value), uint64(found.KVs[0].ModRevision)
			}
			r.recorder.OK(id, out)
		}
		r.free <- number
	})
}

// await waits for all that is outstanding, which ends by the client's timeout.
func (r *leaseReader) await() {
	for range outstanding {
		<-r.free
	}
}
