//go:build interop

package goclient_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"

	"github.com/parleysystems/parley/interop/hosts"
)

// TestALearnerThatIsNotThereIsNotPromoted: it would count in majorities without
// being able to help. Who asks hears so at once.
func TestALearnerThatIsNotThereIsNotPromoted(t *testing.T) {
	f, ctx := start(t)
	f.Need("learners", f.Limits().Learners)
	gone, leader := f.Followers()[0], f.Connect(f.Leader())
	id := gone.ID()
	hosts.Await(t, "the removal", func() bool { // etcd wants its members acquainted for 5 s
		_, err := leader.MemberRemove(ctx, id)
		return err == nil
	})
	gone.Kill()
	learner := must(leader.MemberAddAsLearner(ctx, []string{"http://" + gone.Peer}))(t).Member
	soon, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	_, err := leader.MemberPromote(soon, learner.ID)
	if !errors.Is(err, rpctypes.ErrMemberLearnerNotReady) {
		t.Errorf("promotion: %v", err)
	}
	must(leader.Put(ctx, "k", "v"))(t)
	for _, m := range must(leader.MemberList(ctx))(t).Members {
		if m.IsLearner != (m.ID == learner.ID) {
			t.Errorf("%s is a learner: %t", m.Name, m.IsLearner)
		}
	}
}
