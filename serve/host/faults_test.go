package host_test

import (
	"context"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
)

func TestAPausedHostAnswersNobodyUntilItGoesOn(t *testing.T) {
	h := open(t, t.TempDir())
	defer h.Close()
	c, err := clientv3.New(clientv3.Config{Endpoints: []string{h.Status().Client}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := c.Put(ctx, "k", "v"); err != nil {
		t.Fatal(err)
	}

	resume := h.Pause()
	answered := make(chan error, 1)
	go func() { _, err := c.Get(ctx, "k"); answered <- err }()
	if s := h.Status(); s.Serving() { // it waits for a second
		t.Errorf("a paused host says %+v", s)
	}
	select {
	case err := <-answered:
		t.Errorf("a paused host answered: %v", err)
	default:
	}
	resume()
	resume() // once more does no harm
	if err := <-answered; err != nil {
		t.Errorf("after the pause: %v", err)
	}
}

func TestAPausedHostCloses(t *testing.T) {
	h := open(t, t.TempDir())
	resume := h.Pause()
	defer resume()
	began := time.Now()
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > patience/2 {
		t.Errorf("closing a paused host took %v", took)
	}
}
