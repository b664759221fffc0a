package chain

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// apply has a register execute a change to the configuration that it has.
func apply(t *testing.T, g *register, kind ChangeKind, a node.Addr) {
	t.Helper()
	b, err := wire.AppendBody(nil, &Change{Kind: kind, Term: g.term, Epoch: g.now.Epoch, Node: a})
	if err != nil {
		t.Fatal(err)
	}
	g.Apply(1, b)
}

// What a change does, in a chain of two with a third that joins.
func TestAChangeDoesWhatItSaysOrNothing(t *testing.T) {
	for _, c := range []struct {
		what    string
		joining node.Addr // before
		kind    ChangeKind
		node    node.Addr
		want    string // chain and joining replica; "" if nothing changes
	}{
		{"a replica of the chain is removed", "c/r", Remove, "a/r", "[b/r] c/r"},
		{"the joining replica is removed", "c/r", Remove, "c/r", "[a/r b/r] "},
		{"a stranger is removed", "c/r", Remove, "d/r", ""},
		{"one joins", "", Join, "c/r", "[a/r b/r] c/r"},
		{"one joins while another does", "c/r", Join, "d/r", ""},
		{"a replica of the chain joins", "", Join, "a/r", ""},
		{"the joining replica becomes tail", "c/r", Extend, "c/r", "[a/r b/r c/r] "},
		{"another than the joining replica becomes tail", "c/r", Extend, "d/r", ""},
		{"nobody becomes tail", "", Extend, "", ""},
	} {
		g := newRegister([]node.Addr{"b/r", "a/r"})
		if c.joining != "" {
			apply(t, g, Join, c.joining)
		}
		before := g.now
		apply(t, g, c.kind, c.node)
		switch got := fmtChain(g.now); {
		case c.want == "" && g.now != before:
			t.Errorf("%s: %s became %s, and nothing was to change", c.what, fmtChain(before), got)
		case c.want != "" && (got != c.want || g.now.Epoch != before.Epoch+1):
			t.Errorf("%s: %s in epoch %d became %s in epoch %d, want %s one epoch later", c.what, fmtChain(before), before.Epoch, got, g.now.Epoch, c.want)
		}
	}
}

func fmtChain(c *Configuration) string {
	s := "["
	for i, a := range c.Chain {
		if i > 0 {
			s += " "
		}
		s += string(a)
	}
	return s + "] " + string(c.Joining)
}

// Whatever is asked for, also by masters of long ago and about configurations that are
// over, a chain has a replica, none twice, and who joins is not in it (I4).
func TestNoChangeBreaksAChain(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	names := []node.Addr{"", "a/r", "b/r", "c/r", "d/r"}
	g := newRegister(names[1:4])
	for i := range 20_000 {
		before := g.now
		c := &Change{Kind: ChangeKind(r.IntN(5)), Term: g.term + r.Uint64N(2), Epoch: before.Epoch + Epoch(r.IntN(2)), Node: names[r.IntN(len(names))]}
		b, err := wire.AppendBody(nil, c)
		if err != nil {
			t.Fatal(err)
		}
		g.Apply(1, b)
		now := g.now
		sorted := slices.Sorted(slices.Values(now.Chain))
		if len(now.Chain) == 0 || len(slices.Compact(sorted)) != len(now.Chain) || now.has(now.Joining) {
			t.Fatalf("change %d, %+v: %s became %s", i, *c, fmtChain(before), fmtChain(now))
		}
		if now != before && (c.Kind == Lead || c.Term != g.term || c.Epoch != before.Epoch) {
			t.Fatalf("change %d, %+v of term %d, changed %s of epoch %d", i, *c, g.term, fmtChain(before), before.Epoch)
		}
		if (now.Since != before.Since) != (now.Head() != before.Head()) {
			t.Fatalf("change %d, %+v: heads %s and %s since %d and %d", i, *c, before.Head(), now.Head(), before.Since, now.Since)
		}
	}
}

func TestConfigsThatMakeNoSenseAreRefused(t *testing.T) {
	masters := []node.Addr{"m/c"}
	for name, c := range map[string]Config{
		"no masters": {}, "a lease that is over at once": {Masters: masters, LeaseLength: -1},
		"a clock that runs backwards": {Masters: masters, ClockDrift: -0.1}, "a clock that may stand still": {Masters: masters, ClockDrift: 0.5},
	} {
		if c.Validate() == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if err := (Config{Masters: masters}).Validate(); err != nil {
		t.Error(err)
	}
}
