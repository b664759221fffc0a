package vr_test

import (
	"strings"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/vr"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// A host whose disk was exchanged for an empty one stops and says what to do, instead
// of voting for what it has forgotten; the others go on.
func TestAHostThatForgotWhatItAcknowledgedStops(t *testing.T) {
	w := sim.New(sim.Config{Seed: 1})
	defer w.Close()
	members := []node.Addr{"a/store", "b/store", "c/store"}
	for _, m := range members {
		w.Host(m.Host()).Serve(m.Service(), func() node.Node {
			return rsm.New(vr.New(vr.Config{Members: members}), &list{}, rsm.Config{})
		})
	}
	status := func(m node.Addr) rsm.Status { return w.Node(m).(*rsm.Replica).Status() }
	if !w.RunUntil(func() bool { return status("a/store").Leader != "" }, 10*time.Second) {
		t.Fatal("nobody leads")
	}
	leader := status("a/store").Leader
	propose := func() {
		t.Helper()
		var err error
		done := false
		w.Do(leader, func(n node.Node) {
			n.(*rsm.Replica).Propose([]byte("x"), func(_ []byte, e error) { done, err = true, e })
		})
		if !w.RunUntil(func() bool { return done }, 10*time.Second) || err != nil {
			t.Fatalf("a command: done %t, %v", done, err)
		}
	}
	propose()
	w.Run(time.Second)
	victim := members[0]
	if victim == leader {
		victim = members[1]
	}
	w.Host(victim.Host()).Crash()
	w.Host(victim.Host()).Disk().Wipe()
	w.Host(victim.Host()).Restart()
	if !w.RunUntil(func() bool { return w.Host(victim.Host()).Err() != nil }, 10*time.Second) {
		t.Fatalf("the host goes on: %+v", status(victim))
	}
	if err := w.Host(victim.Host()).Err(); !strings.Contains(err.Error(), "its disk was lost or replaced") {
		t.Error(err)
	}
	propose()
}
