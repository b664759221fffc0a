package player_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/trace"
	"github.com/parleysystems/parley/lab/console/player"
	"github.com/parleysystems/parley/node"
)

func traceID(i int) trace.ID { return trace.ID(i) }

type peer struct {
	Addr string
	next int
}

//lint:ignore U1000 fields that the tree must leave out
type machine struct {
	env   node.Env
	timer node.Timer
	log   []string
	peers []peer
	votes map[string]bool
	data  []byte
	delay time.Duration
	self  *machine
	fire  func()
}

func layout(t *testing.T, tree *player.Tree) string {
	t.Helper()
	text, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestATreeShowsEverythingButMachinery(t *testing.T) {
	m := &machine{log: []string{"x", "y"}, votes: map[string]bool{"b": true, "a": false}, data: []byte("k\x00v\xff"), fire: func() {}}
	m.self = m
	const want = `{"k":"state","c":[` +
		`{"k":"log","c":[{"k":"0","v":"\"x\""},{"k":"1","v":"\"y\""}]},` +
		`{"k":"votes","c":[{"k":"a","v":"false"},{"k":"b","v":"true"}]},` +
		`{"k":"data","v":"‹k·v·›"},{"k":"delay","v":"0s"},{"k":"self","v":"(see above)"}]}`
	if got := layout(t, player.Render("state", m)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestAComparisonMarksWhatChanged(t *testing.T) {
	before := player.Render("s", &machine{peers: []peer{{"b", 1}, {"c", 1}}, votes: map[string]bool{"a": true}})
	after := player.Render("s", &machine{peers: []peer{{"c", 2}, {"d", 1}}, votes: map[string]bool{"a": true}})
	tree, changed := player.Compare(before, after)
	if !changed || tree.Mark != "changed" {
		t.Error("a change went unnoticed")
	}
	marks := map[string]string{}
	for _, c := range tree.Children[0].Children {
		marks[c.Key] = c.Mark
	}
	if marks[`addr "b"`] != "removed" || marks[`addr "c"`] != "changed" || marks[`addr "d"`] != "added" {
		t.Errorf("marks %v in %s", marks, layout(t, tree))
	}
	if tree.Children[1].Mark != "" {
		t.Errorf("what stayed is marked: %s", layout(t, tree))
	}
	if _, changed := player.Compare(before, before); changed {
		t.Error("nothing changed")
	}
}
