package physicaltest

import (
	"fmt"
	"slices"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/order/physical/ntp"
)

// NTPStrata is a small hierarchy that loses its roots.
var NTPStrata = question{
	name: "ntp-strata", hosts: "11",
	text: `Who follows whom in a hierarchy? Two servers with reference clocks; four that know both and each other; one
below these; and one more below that. Besides, two that know the first reference and each other. Every server's stratum is one
more than that of the server that it follows, and all are right within what they state. Then the first reference is cut off.
Whoever followed it turns to the other; the two that do not know that one have only each other, and may not follow each
other for longer than it takes them to hear of it. Then the other is cut off, too: the four have only each other, and a longer
circle counts its strata up until nobody in it counts as synchronized. Two hours later nobody follows in a circle.`,
	canon: []string{"timesync.ntp.strata"},
	play: func(l *lab) error {
		t := l.tree()
		l.World.Run(time.Hour)
		if err := l.Settle(func() error { return t.upright(slices.Concat(t.pair, t.members)) }, settling); err != nil {
			return err
		}
		l.World.Cut(sim.Isolate("ref0"))
		if err := l.Past(time.Hour, time.Minute, t.mutual); err != nil {
			return err
		}
		if err := l.Settle(func() error { return t.upright(t.members) }, settling); err != nil {
			return fmt.Errorf("without one reference: %w", err)
		}
		l.World.Cut(sim.Isolate("ref1"))
		if err := l.Past(2*time.Hour, time.Minute, t.mutual); err != nil {
			return err
		}
		return t.acyclic()
	},
}.register()

// tree is the servers below the references.
type tree struct {
	l        *lab
	members  []node.Addr
	pair     []node.Addr // know the first reference only, and each other
	embraced map[node.Addr]embrace
}

// tree makes the hierarchy. Short polls keep what servers know of each other
// fresh.
func (l *lab) tree() *tree {
	t := &tree{
		l: l, members: addresses("mid", 4), pair: addresses("pair", 2),
		embraced: map[node.Addr]embrace{},
	}
	l.World.Shape("*", "*", sim.Link{Delay: sim.Normal(10*time.Millisecond, time.Millisecond), Reorder: 1})
	refs := l.references(2)
	l.peers(refs, t.members)
	l.peers(refs[:1], t.pair)
	low := l.serveNTP("low", short, t.members, nil)
	t.members = append(t.members, low, l.serveNTP("lowest", short, []node.Addr{low}, nil))
	return t
}

var short = ntp.Config{MaxPoll: 6}

// peers makes servers that know some above them, and each other.
func (l *lab) peers(above, all []node.Addr) {
	for _, a := range all {
		l.wall(a.Host(), 0, l.ppm(a.Host(), 10))
		others := slices.DeleteFunc(slices.Clone(all), func(b node.Addr) bool { return b == a })
		l.serveNTP(a.Host(), short, slices.Concat(above, others), nil)
	}
}

func addresses(name string, n int) (all []node.Addr) {
	for i := range n {
		all = append(all, node.Join(fmt.Sprint(name, i), "ntp"))
	}
	return all
}

// settling is how long it may take until all strata are right again. A server that
// is not heard any more is given up after eight polls, nine minutes; then each of
// three rows learns of it at its next poll.
const settling = 13 * time.Minute

// upright demands that servers are synchronized, at most at stratum 4, and that
// everybody's stratum is one more than that of whom it follows.
func (t *tree) upright(servers []node.Addr) error {
	for _, a := range servers {
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
// hear of it: a poll, 64 s, in which they are seen twice. It looks every minute.
func (t *tree) mutual() error {
	for _, a := range slices.Concat(t.pair, t.members) {
		b := t.follows(a)
		if b == "" || t.follows(b) != a {
			delete(t.embraced, a)
			continue
		}
		e := t.embraced[a]
		if e.other != b {
			e = embrace{other: b}
		}
		if e.seen++; e.seen > 2 {
			return fmt.Errorf("%s and %s follow each other, as they did one and two minutes ago", a, b)
		}
		t.embraced[a] = e
	}
	return nil
}

// embrace is how often in a row a server was seen to follow one that follows it.
type embrace struct {
	other node.Addr
	seen  int
}

// acyclic demands that nobody follows itself over others.
func (t *tree) acyclic() error {
	for _, a := range slices.Concat(t.pair, t.members) {
		path := []node.Addr{a}
		for b := t.follows(a); b != ""; b = t.follows(b) {
			if path = append(path, b); b == a || len(path) > 2*len(t.members) {
				return fmt.Errorf("a circle: %v", path)
			}
		}
	}
	return nil
}
