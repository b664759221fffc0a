package live

import (
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/disk"
)

// Two syncers may finish in either order.
func TestTheDurablePositionNeverGoesBack(t *testing.T) {
	h, err := Open(Config{Name: "a", Disk: disk.NewFaulty()})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	h.commit.advance(10, 0)
	h.commit.advance(5, 0)
	if p := h.commit.position(); p != 10 {
		t.Fatalf("durable up to 10, then %d", p)
	}
}

func TestHistogramsPutDurationsBetweenTheirBounds(t *testing.T) {
	var h Histogram
	for range 98 {
		h.add(100 * time.Microsecond)
	}
	h.add(101 * time.Microsecond)
	h.add(time.Hour)
	if h.Count() != 100 || h.Counts[1] != 98 || h.Counts[2] != 1 || h.Counts[len(HistogramBounds)] != 1 {
		t.Fatalf("%+v", h)
	}
	for q, want := range map[float64]time.Duration{
		0.5: 100 * time.Microsecond, 0.98: 100 * time.Microsecond, 0.99: 200 * time.Microsecond, 1: time.Second,
	} {
		if got := h.Quantile(q); got != want {
			t.Errorf("quantile %v is %v, want %v", q, got, want)
		}
	}
	if got := new(Histogram).Quantile(0.5); got != 0 {
		t.Errorf("quantile of nothing is %v", got)
	}
}
