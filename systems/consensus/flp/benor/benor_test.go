package benor_test

import (
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/flp/benor"
)

func TestTooManyFaultsAreRefused(t *testing.T) {
	for _, c := range []struct {
		n, f      int
		byzantine bool
		ok        bool
	}{{3, 1, false, true}, {2, 1, false, false}, {4, 2, false, false}, {6, 1, true, true}, {5, 1, true, false}, {1, 0, true, true}} {
		cfg := benor.Config{Members: make([]node.Addr, c.n), F: c.f, Byzantine: c.byzantine}
		if err := cfg.Check(); (err == nil) != c.ok {
			t.Errorf("%d processes, %d faulty, Byzantine %v: %v", c.n, c.f, c.byzantine, err)
		}
	}
}

// nonsense sends votes that no process could mean.
type nonsense struct{ to node.Addr }

func (n nonsense) Receive(node.Addr, node.Message) {}
func (n nonsense) Start(env node.Env) {
	for _, v := range []benor.Vote{
		{}, {Round: 1, Phase: 9}, {Round: 1 << 60, Phase: 1}, {Round: 1, Phase: 1, Value: 2}, {Round: 1, Phase: 2, Value: 200},
	} {
		env.Send(n.to, &v)
	}
}

func TestNonsenseFromAMemberIsIgnored(t *testing.T) {
	w := sim.New(sim.Config{Seed: 1})
	defer w.Close()
	cfg := benor.Config{Members: []node.Addr{"a/benor", "b/benor", "c/benor"}, F: 1}
	for _, a := range cfg.Members[:2] {
		w.Host(a.Host()).Serve(a.Service(), func() node.Node { return benor.New(cfg, 1) })
	}
	w.Host("c").Serve("benor", func() node.Node { return nonsense{to: "a/benor"} })
	w.Run(time.Second)
	for _, a := range cfg.Members[:2] {
		if v := w.Node(a).(*benor.Process).Output(); v != 1 {
			t.Errorf("%s decided %v", a, v)
		}
	}
}
