//go:build interop

package goclient_test

import (
	"context"
	"testing"
	"time"

	"github.com/parleysystems/parley/interop/hosts"
)

// TestALearnerIsPromotedAndCounts: a host that was not there from the beginning
// learns, is promoted, and with one of the four gone it takes its part in majorities.
func TestALearnerIsPromotedAndCounts(t *testing.T) {
	f, _ := start(t)
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute) // four hosts start, three again
	defer cancel()
	if !f.Program.IsParley() {
		t.Skip("hosts that join are configured our way")
	}
	f.Need("learners", f.Limits().Learners)
	must(f.Connect(f.Hosts...).Put(ctx, "before", "v"))(t)
	added := f.Join("d")
	for _, h := range f.Hosts[:3] { // one by one, so that they learn its address
		h.Stop()
		h.Start()
		f.AwaitReady()
	}
	learner := must(f.Connect(f.Leader()).MemberAddAsLearner(ctx, []string{"http://" + added.Peer}))(t).Member
	added.Start()
	f.AwaitReady(added)
	hosts.Await(t, "the promotion", func() bool {
		soon, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		_, err := f.Connect(f.Leader()).MemberPromote(soon, learner.ID)
		return err == nil
	})
	for _, m := range must(f.Connect(added).MemberList(ctx))(t).Members {
		if m.IsLearner {
			t.Errorf("%s is a learner", m.Name)
		}
	}
	for _, h := range f.Followers() {
		if h != added {
			h.Kill()
			break
		}
	}
	hosts.Await(t, "a write by three of four", func() bool {
		soon, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		_, err := f.Connect(f.Running()...).Put(soon, "after", "v")
		return err == nil
	})
	if r := must(f.Connect(added).Get(ctx, "before"))(t); r.Count != 1 {
		t.Error("what was there before is not")
	}
}
