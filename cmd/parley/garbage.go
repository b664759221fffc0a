package main

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// The collector runs when the heap has grown by as much as is alive. A young
// store has little alive, so it would run many times a second for the sake of
// a few megabytes; it is told to wait until there is at least roomForGarbage.
// A heap that is larger than that is collected as usual.
const (
	roomForGarbage = 96 << 20 // bytes
	usualPercent   = 100
	mostPercent    = 1600
)

// collectLess keeps the collector so until ctx ends. Who sets GOGC or
// GOMEMLIMIT has decided otherwise.
func collectLess(ctx context.Context) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	now := usualPercent
	look := time.NewTicker(time.Second)
	defer look.Stop()
	defer func() { debug.SetGCPercent(usualPercent) }()
	for {
		// To set it stops the world for a moment, so small changes are let be.
		if want := percentFor(liveHeap()); want*10 > now*11 || want*11 < now*10 {
			debug.SetGCPercent(want)
			now = want
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return
		}
	}
}

// percentFor returns by how much a heap with so many live bytes may grow.
func percentFor(live uint64) int {
	return int(min(max(roomForGarbage*100/max(live, 1), usualPercent), mostPercent))
}

// liveHeap returns the bytes that were alive when the last collection ended.
func liveHeap() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
