package player_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/parleysystems/parley/kernel/trace"
	"github.com/parleysystems/parley/lab/console/player"
)

// What export writes as JSON lines opens as a recording of the same events, whose
// messages can be read, though nothing is known of states.
func TestARecordingShowsTheEventsThatWereWritten(t *testing.T) {
	p := player.New()
	run := ask[player.Summary](t, p, player.Request{Do: "run", Spec: figure8})
	lines, _, err := p.Ask(t.Context(), []byte(`{"do":"export","format":"json","spec":{"experiment":"raft/figure-8","seed":1}}`))
	if err != nil {
		t.Fatal(err)
	}
	tape := player.Spec{Recording: "tape"}
	if names := ask[[]string](t, p, player.Request{Do: "open", Spec: tape, Text: string(lines)}); len(names) != 1 || names[0] != "tape" {
		t.Fatalf("open are %v", names)
	}
	back := ask[player.Summary](t, p, player.Request{Do: "run", Spec: tape})
	if back.Count != run.Count || len(back.Places) != len(run.Places) {
		t.Errorf("%d events at %d places were written, %d at %d read", run.Count, len(run.Places), back.Count, len(back.Places))
	}
	found := ask[[]trace.ID](t, p, player.Request{Do: "find", Spec: tape, Text: "raft.RequestVote"})
	if len(found) == 0 {
		t.Fatal("no vote is asked for")
	}
	e := ask[player.Event](t, p, player.Request{Do: "event", Spec: tape, Event: found[0]})
	if e.State != nil || e.Detail == nil || e.Detail.Children[0].Key != "Term" || e.Detail.Children[0].Value != "1" {
		t.Errorf("%+v with %+v", e, e.Detail)
	}
}

func TestWhatIsNoRecordingIsRefused(t *testing.T) {
	p := player.New()
	for text, want := range map[string]string{"": "no events", "hello\n": "line 1", `{"id":2,"cause":5,"kind":"note","place":"a/b"}`: "do not come before"} {
		if err := p.Open("tape", strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	if _, _, err := p.Ask(t.Context(), []byte(`{"do":"run","spec":{"recording":"tape"}}`)); !errors.Is(err, player.ErrRequest) {
		t.Errorf("a recording that is not open: %v", err)
	}
}

// Of many recordings the ones opened last are kept.
func TestRecordingsAreBounded(t *testing.T) {
	p := player.New()
	for _, name := range []string{"a", "b", "c", "d", "e", "e"} {
		if err := p.Open(name, bytes.NewReader([]byte(`{"id":1,"kind":"note","place":"a/b","what":"hello"}`))); err != nil {
			t.Fatal(err)
		}
	}
	if names := strings.Join(p.Recordings(), ""); names != "bcde" {
		t.Errorf("open are %s", names)
	}
}
