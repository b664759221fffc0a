package snapshot

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/order/multicast/channel"
)

// Word is a message of the listener.
type Word struct {
	Text string `wire:"1"`
}

var _ = wire.Register[Word]("snapshot_test.Word")

// listener keeps what it heard.
type listener struct {
	env   node.Env
	heard string
	begin func(node.Env)
}

func (l *listener) Start(env node.Env) {
	l.env = env
	if l.begin != nil {
		l.begin(env)
	}
}

func (l *listener) Receive(_ node.Addr, m node.Message) {
	if w, ok := m.(*Word); ok {
		l.heard += w.Text
	}
}
func (l *listener) Snapshot() []byte { return []byte(l.heard) }
func (l *listener) Restore(state []byte) error {
	if string(state) == "broken" {
		return errors.New("not a state")
	}
	l.heard = string(state)
	return nil
}

// party is a group of listeners on links of 10 milliseconds.
type party struct {
	w       *sim.World
	members []node.Addr
}

func gather(t *testing.T, hosts string, cfg Config, begin func(node.Env)) *party {
	t.Helper()
	p := &party{w: sim.New(sim.Config{Seed: 1, Link: sim.Link{Delay: sim.Constant(10 * time.Millisecond)}})}
	t.Cleanup(p.w.Close)
	for _, h := range strings.Split(hosts, "") {
		cfg.Members = append(cfg.Members, node.Join(h, "member"))
	}
	p.members = cfg.Members
	for _, a := range p.members {
		p.w.Host(a.Host()).Serve(a.Service(), func() node.Node { return New(cfg, &listener{begin: begin}) })
	}
	return p
}

func (p *party) do(place int, f func(l *Layer, heard *listener)) {
	p.w.Do(p.members[place], func(n node.Node) {
		l := n.(*Layer)
		f(l, l.process.(*listener))
	})
}

// outcome begins a snapshot at a place and returns what becomes of it.
func (p *party) outcome(t *testing.T, place int, d time.Duration) (g *Global, err error) {
	t.Helper()
	done := false
	p.do(place, func(l *Layer, _ *listener) {
		if _, begun := l.Initiate(func(s *Global, e error) { g, err, done = s, e, true }); begun != nil {
			t.Fatal(begun)
		}
	})
	p.w.Run(d)
	if !done {
		t.Fatalf("nothing became of the snapshot in %v", d)
	}
	return g, err
}

func TestAGroupOfOneIsRecordedAtOnceWithWhatItSentToItself(t *testing.T) {
	p := gather(t, "a", Config{}, nil)
	p.do(0, func(_ *Layer, l *listener) {
		l.env.Send(p.members[0], &Word{"x"})
		l.env.SendEarly(p.members[0], &Word{"y"})
	})
	g, err := p.outcome(t, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	messages, err := g.InFlight(0, 0)
	if err != nil || len(messages) != 2 || messages[0].(*Word).Text != "x" || len(g.Parts[0].State) != 0 {
		t.Errorf("recorded are %v, %v, and the state %q; want x and y on their way", messages, err, g.Parts[0].State)
	}
	p.w.Run(time.Second)
	p.do(0, func(_ *Layer, l *listener) {
		if l.heard != "xy" {
			t.Errorf("heard %q, want xy", l.heard)
		}
	})
}

func TestAGlobalSurvivesItsEncoding(t *testing.T) {
	p := gather(t, "ab", Config{}, nil)
	p.do(0, func(_ *Layer, l *listener) { l.env.Send(p.members[1], &Word{"x"}) })
	g, err := p.outcome(t, 1, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	b, err := wire.Marshal(g)
	if err != nil {
		t.Fatal(err)
	}
	m, err := wire.Unmarshal(b)
	if err != nil {
		t.Fatal(err)
	}
	messages, err := m.(*Global).InFlight(0, 1)
	if err != nil || len(messages) != 1 || messages[0].(*Word).Text != "x" {
		t.Errorf("the channel from a to b holds %v, %v", messages, err)
	}
	if _, err := m.(*Global).InFlight(0, 2); err == nil {
		t.Error("a channel to nobody is no error")
	}
	m.(*Global).Parts[1].Channels[0].Messages[0] = []byte("garbage")
	if _, err := m.(*Global).InFlight(0, 1); err == nil {
		t.Error("garbage in a channel is no error")
	}
}

func TestBoundsEndASnapshotWithAReasonAndLeaveNothingBehind(t *testing.T) {
	for _, c := range []struct {
		name string
		cfg  Config
		word string
	}{
		{"state", Config{Bytes: 3}, "long"},
		{"channel", Config{Bytes: 12}, strings.Repeat("long", 9)},
	} {
		p := gather(t, "abc", c.cfg, nil)
		p.do(1, func(_ *Layer, l *listener) {
			if l.env.Send(p.members[0], &Word{c.word}); c.name == "state" {
				l.heard = c.word
			}
		})
		if _, err := p.outcome(t, 0, time.Second); !errors.Is(err, ErrAborted) || !strings.Contains(err.Error(), "bytes") {
			t.Errorf("%s: the snapshot ends with %v", c.name, err)
		}
		for place := range p.members {
			p.do(place, func(l *Layer, _ *listener) {
				if l.Open() != 0 || len(l.collections) != 0 {
					t.Errorf("%s: %d recordings and %d collections are left at member %d", c.name, l.Open(), len(l.collections), place)
				}
			})
		}
	}
}

func TestNoMoreThanSoManySnapshotsAreUnderWay(t *testing.T) {
	p := gather(t, "ab", Config{Open: 2}, nil)
	p.do(0, func(l *Layer, _ *listener) {
		for i := range 3 {
			if _, err := l.Initiate(func(*Global, error) {}); errors.Is(err, ErrBusy) != (i == 2) {
				t.Errorf("snapshot %d: %v", i+1, err)
			}
		}
	})
}

func TestAMemberThatIsDownLeavesASnapshotUnfinishedAndItsNameInTheError(t *testing.T) {
	p := gather(t, "abc", Config{Patience: time.Second}, nil)
	p.w.Run(time.Second)
	p.w.Host("c").Crash()
	_, err := p.outcome(t, 0, 3*time.Second)
	if !errors.Is(err, ErrUnfinished) || !strings.Contains(err.Error(), "c/member") {
		t.Errorf("the snapshot ends with %v", err)
	}
}

func TestWhoseInitiatorIsNoMoreIsForgotten(t *testing.T) {
	p := gather(t, "abc", Config{Patience: time.Second}, nil)
	p.do(0, func(l *Layer, _ *listener) {
		if _, err := l.Initiate(func(*Global, error) {}); err != nil {
			t.Error(err)
		}
	})
	p.w.Host("c").Crash() // so that b waits for its marker
	p.w.Run(15 * time.Millisecond)
	p.w.Host("a").Crash()
	p.w.Run(3 * time.Second)
	p.do(1, func(l *Layer, _ *listener) {
		if l.Open() != 0 {
			t.Errorf("%d recordings are left", l.Open())
		}
	})
}

func TestAMemberWithoutItsPastIsNotListenedTo(t *testing.T) {
	p := gather(t, "ab", Config{}, nil)
	say := func(place int, word string) {
		p.do(place, func(_ *Layer, l *listener) { l.env.Send(p.members[1-place], &Word{word}) })
		p.w.Run(time.Second)
	}
	say(0, "x")
	say(1, "y")
	p.w.Host("a").Crash()
	p.w.Host("a").Restart()
	p.w.Run(time.Second)
	say(0, "z")
	p.do(1, func(l *Layer, heard *listener) {
		if _, err := l.Initiate(nil); heard.heard != "x" || !errors.Is(err, ErrAborted) {
			t.Errorf("heard %q, want x; a snapshot then: %v", heard.heard, err)
		}
	})
}

func TestWhatOthersSendReachesTheProcessAndGarbageDoesNoHarm(t *testing.T) {
	p := gather(t, "ab", Config{}, nil)
	p.w.Run(time.Millisecond)
	b := p.members[1]
	p.do(0, func(l *Layer, _ *listener) {
		l.Receive("c/client", &Word{"x"})
		for _, m := range []node.Message{
			&Word{"past the channel"}, &Own{}, &Envelope{}, &Envelope{Epoch: 7, Body: &Word{"old"}},
			&Envelope{To: 5, Body: &Word{"to another life"}},
			&Envelope{Life: 1, Body: &Marker{ID{Initiator: 9}}}, &Envelope{Life: 1, Body: &Marker{ID{Initiator: -1}}},
			&Envelope{Life: 1, Body: &HandIn{}}, &Envelope{Life: 1, Body: &Abort{}}, &Envelope{Life: 1, Body: &channel.Data{}},
		} {
			l.Receive(b, m)
		}
	})
	p.do(0, func(l *Layer, heard *listener) {
		if heard.heard != "x" || l.Open() != 0 {
			t.Errorf("heard %q, want x; %d recordings", heard.heard, l.Open())
		}
	})
}

func TestABacklogThatGrowsHaltsTheHost(t *testing.T) {
	p := gather(t, "ab", Config{Backlog: 5}, nil)
	p.w.Host("b").Crash()
	p.do(0, func(_ *Layer, l *listener) {
		for range 6 {
			l.env.Send(p.members[1], &Word{"x"})
		}
	})
	p.w.Run(time.Second)
	if err := p.w.Host("a").Err(); err == nil || !strings.Contains(err.Error(), "b/member") {
		t.Errorf("the host is halted by %v", err)
	}
}

func TestATaskMayCallOthersButNoMember(t *testing.T) {
	var answer error
	refused := ""
	gather(t, "ab", Config{}, func(env node.Env) {
		if env.Self() != "a/member" {
			return
		}
		env.Go(func(task node.Task) {
			_, answer = task.Call("z/nobody", &Word{"x"}, time.Millisecond)
			task.Env().Send("b/member", &Word{"y"})
			defer func() { refused, _ = recover().(string) }()
			_, _ = task.Call("b/member", &Word{"x"}, time.Millisecond)
		})
	}).w.Run(time.Second)
	if !errors.Is(answer, node.ErrTimeout) || !strings.Contains(refused, "b/member") {
		t.Errorf("a call to nobody: %v; a call to a member: %q", answer, refused)
	}
}

func TestResumeReplaysChannelsAndRefusesBrokenStates(t *testing.T) {
	word, err := wire.Marshal(&Word{"y"})
	if err != nil {
		t.Fatal(err)
	}
	w := sim.New(sim.Config{Seed: 1})
	defer w.Close()
	cfg := Config{Members: []node.Addr{"a/member", "b/member", "c/member", "d/member", "e/member"}, Epoch: 1}
	parts := []Part{
		{State: []byte("x"), Channels: []Channel{{From: 1, Messages: [][]byte{word, word}}}},
		{Process: 1, State: []byte("broken")},
		{Process: 2, Channels: []Channel{{From: 0, Messages: [][]byte{[]byte("garbage")}}}},
		{Process: 3, Channels: []Channel{{From: 9, Messages: [][]byte{word}}}},
		{Process: 0},
	}
	for place, a := range cfg.Members {
		w.Host(a.Host()).Serve(a.Service(), func() node.Node { return Resume(cfg, &listener{}, parts[place]) })
	}
	w.Run(time.Second)
	if l := w.Node("a/member").(*Layer); l.Process().(*listener).heard != "xyy" {
		t.Errorf("resumed with %q, want xyy", l.Process().(*listener).heard)
	}
	for _, h := range []string{"b", "c", "d", "e"} {
		if w.Host(h).Err() == nil {
			t.Errorf("host %s resumed from a part that is broken, or another's", h)
		}
	}
}

func TestOnlyMembersAreMembers(t *testing.T) {
	w := sim.New(sim.Config{Seed: 1})
	defer w.Close()
	defer func() {
		if recover() == nil {
			t.Error("a layer outside its group starts")
		}
	}()
	w.Host("z").Serve("member", func() node.Node { return New(Config{Members: []node.Addr{"a/member"}}, &listener{}) })
	w.Run(time.Second)
}
