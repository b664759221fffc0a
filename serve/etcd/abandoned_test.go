package etcd_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"

	"github.com/parleysystems/parley/serve/etcd"
	"github.com/parleysystems/parley/systems/stores/kv"
)

// elsewhere counts what pins it.
type elsewhere struct {
	kv.Cold
	taken, released atomic.Int64
}

func (e *elsewhere) Pin() kv.ColdPin {
	e.taken.Add(1)
	return elsewherePin{e: e}
}

type elsewherePin struct {
	kv.ColdPin
	e *elsewhere
}

func (p elsewherePin) Release() { p.e.released.Add(1) }

// A client that gives up before its question is answered leaves nothing pinned:
// what is pinned cannot be given back to the disk.
func TestAQuestionThatIsGivenUpPinsNothing(t *testing.T) {
	cold := &elsewhere{}
	d := open(t, kv.Options{Cold: cold}, etcd.Options{})
	maintenance := pb.NewMaintenanceClient(d.ActiveConnection())
	// Longer and longer, until one has reached the server before it was given up.
	for wait := 10 * time.Millisecond; cold.taken.Load() == 0; wait *= 2 {
		hold, held := make(chan struct{}), make(chan struct{})
		if err := d.single.Do(func(etcd.Replica) { close(held); <-hold }); err != nil {
			t.Fatal(err)
		}
		<-held
		ctx, cancel := context.WithTimeout(d.ctx, wait)
		if _, err := maintenance.Hash(ctx, &pb.HashRequest{}); err == nil {
			t.Error("an answer from a loop that stands")
		}
		cancel()
		close(hold)
		d.get(t, "the loop goes on")
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for cold.taken.Load() != cold.released.Load() {
		select {
		case <-tick.C:
		case <-d.ctx.Done():
			t.Fatalf("%d pins were taken, %d released", cold.taken.Load(), cold.released.Load())
		}
	}
}
