package physicaltest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/order/physical/ntp"
)

// NTPStrata is a small hierarchy that loses its roots.
var NTPStrata = question{
	name: "ntp-strata", hosts: "9",
	text: `Who follows whom in a hierarchy? Two servers with reference clocks; four that know both and each other; one
below these; and one more below that. Every server's stratum is one more than that of the server that it
follows, and in the end all are right within what they state. Then one reference is cut off: those who followed it turn to the other.
Then the other: the four have only each other, none may follow one that follows it, and a longer circle counts
its strata up until nobody in it counts as synchronized. When the rest of the day is over nobody follows in a circle.`,
	canon: []string{"timesync.ntp.strata"},
	play: func(l *lab) error {
		t := l.tree()
		l.World.Run(2 * time.Hour)
		if err := l.Settle(t.upright, settling); err != nil {
			return err
		}
		l.World.Cut(sim.Isolate("ref0"))
		if err := l.Past(3*time.Hour, time.Minute, t.mutual); err != nil {
			return err
		}
		if err := l.Settle(t.upright, settling); err != nil {
			return fmt.Errorf("without one reference: %w", err)
		}
		l.World.Cut(sim.Isolate("ref1"))
		if err := l.Past(8*time.Hour, time.Minute, t.mutual); err != nil {
			return err
		}
		return t.acyclic()
	},
}.register()

// tree is the servers below the references.
type tree struct {
	l       *lab
	members []node.Addr
	since   map[[2]node.Addr]time.Duration // how long two have followed each other
}

// tree makes the hierarchy. Short polls keep what servers know of each other
// fresh.
func (l *lab) tree() *tree {
	t := &tree{l: l, since: map[[2]node.Addr]time.Duration{}}
	l.World.Shape("*", "*", sim.Link{Delay: sim.Normal(10*time.Millisecond, time.Millisecond), Reorder: 1})
	refs := l.references(2)
	for i := range 4 {
		t.members = append(t.members, node.Join(fmt.Sprint("mid", i), "ntp"))
	}
	cfg := ntp.Config{MaxPoll: 6}
	for i, a := range t.members {
		servers := append([]node.Addr(nil), refs...)
		for j, b := range t.members {
			if i != j {
				servers = append(servers, b)
			}
		}
		l.wall(a.Host(), 0, l.ppm(a.Host(), 10))
		l.serveNTP(a.Host(), cfg, servers, nil)
	}
	low := l.serveNTP("low", cfg, t.members, nil)
	t.members = append(t.members, low, l.serveNTP("lowest", cfg, []node.Addr{low}, nil))
	return t
}

// settling is how long it may take until a server that has just chosen another to
// follow has heard from it, and shows its new stratum.
const settling = 20 * time.Minute

// upright demands that all are synchronized, at most at stratum 4, and that
// everybody's stratum is one more than that of whom it follows.
func (t *tree) upright() error {
	for _, a := range t.members {
		n := t.l.ntp(a)
		s := n.Status()
		if s.Stratum > 4 || s.Peer == "" {
			return fmt.Errorf("%s has stratum %d and follows %q", a, s.Stratum, s.Peer)
		}
		above := t.l.ntp(node.Addr(s.Peer)).Status().Stratum
		if s.Stratum != above+1 {
			return fmt.Errorf("%s has stratum %d and follows %s, which has %d", a, s.Stratum, s.Peer, above)
		}
		if err := t.l.within(string(a), n, s.Distance+s.Offset.Abs()); err != nil {
			return err
		}
		name := fmt.Sprintf("error at stratum %d, ms", s.Stratum)
		t.l.Stats[name] = max(t.l.Stats[name], 1000*t.l.wrong(n).Abs().Seconds())
	}
	return nil
}

func (t *tree) follows(a node.Addr) node.Addr {
	if n := t.l.ntp(a); n != nil {
		return node.Addr(n.Status().Peer)
	}
	return ""
}

// mutual demands that no two follow each other for longer than it takes them to
// hear of it.
func (t *tree) mutual() error {
	for _, a := range t.members {
		b := t.follows(a)
		pair := [2]node.Addr{a, b}
		if b == "" || t.follows(b) != a {
			for _, other := range t.members {
				delete(t.since, [2]node.Addr{a, other})
			}
			continue
		}
		if t.since[pair] += time.Minute; t.since[pair] > 6*time.Minute {
			return fmt.Errorf("%s and %s have followed each other for %v", a, b, t.since[pair])
		}
	}
	return nil
}

// acyclic demands that nobody follows itself over others.
func (t *tree) acyclic() error {
	for _, a := range t.members {
		path := []node.Addr{a}
		for b := t.follows(a); b != ""; b = t.follows(b) {
			if path = append(path, b); b == a || len(path) > 2*len(t.members) {
				return fmt.Errorf("a circle: %v", path)
			}
		}
	}
	return nil
}
