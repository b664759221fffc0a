package checkpoint

import (
	"context"
	"errors"
	"fmt"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/order/snapshot"
)

// ErrNoLayer says that a service is not behind a snapshot.Layer.
var ErrNoLayer = errors.New("the service takes no snapshots")

// Take begins a snapshot at a service of a host and waits until it is assembled. The
// system goes on meanwhile. Who gives up waiting leaves it to snapshot.Config.Patience.
func Take(ctx context.Context, host *live.Host, service string) (*snapshot.Global, error) {
	type outcome struct {
		g   *snapshot.Global
		err error
	}
	done := make(chan outcome, 1) // filled once, whether or not somebody still waits
	err := host.Do(service, func(n node.Node) {
		l, ok := n.(*snapshot.Layer)
		if !ok {
			done <- outcome{err: ErrNoLayer}
			return
		}
		if _, err := l.Initiate(func(g *snapshot.Global, err error) { done <- outcome{g, err} }); err != nil {
			done <- outcome{err: err}
		}
	})
	if err != nil {
		return nil, fmt.Errorf("checkpoint: take: %w", err)
	}
	select {
	case o := <-done:
		if o.err != nil {
			return nil, fmt.Errorf("checkpoint: take: %w", o.err)
		}
		return o.g, nil
	case <-host.Done():
		return nil, fmt.Errorf("checkpoint: take: the host has stopped: %w", errors.Join(host.Err(), context.Canceled))
	case <-ctx.Done():
		return nil, fmt.Errorf("checkpoint: take: %w", ctx.Err())
	}
}
