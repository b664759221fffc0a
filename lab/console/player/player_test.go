package player_test

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/lab/console/player"

	_ "github.com/parleysystems/parley/systems/consensus/raft/rafttest"
	_ "github.com/parleysystems/parley/systems/consensus/vr/vrtest"
)

func ask[T any](t *testing.T, p *player.Player, q player.Request) (answer T) {
	t.Helper()
	text, err := json.Marshal(q)
	if err != nil {
		t.Fatal(err)
	}
	body, kind, err := p.Ask(t.Context(), text)
	if err != nil || kind != "application/json" {
		t.Fatalf("%s: %v, %s", text, err, kind)
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

var figure8 = player.Spec{Experiment: "raft/figure-8", Seed: 1}

func TestColumnsSayWhatTheTraceSays(t *testing.T) {
	p := player.New()
	s := ask[player.Summary](t, p, player.Request{Do: "run", Spec: figure8})
	if s.Verdict != check.OK || s.Count < 100 || s.First != 1 {
		t.Fatalf("%+v", s)
	}
	text, _ := json.Marshal(player.Request{Do: "columns", Spec: figure8})
	b, _, err := p.Ask(t.Context(), text)
	if err != nil || len(b) != s.Count*(8+4+2+2+2+1) {
		t.Fatalf("%d bytes for %d events: %v", len(b), s.Count, err)
	}
	n := s.Count
	le := binary.LittleEndian
	for i := 0; i < n; i += 37 {
		e := ask[player.Event](t, p, player.Request{Do: "event", Spec: figure8, Event: 1 + traceID(i)})
		at := math.Float64frombits(le.Uint64(b[8*i:]))
		cause := le.Uint32(b[8*n+4*i:])
		place := s.Places[le.Uint16(b[12*n+2*i:])]
		what := s.Whats[le.Uint16(b[16*n+2*i:])]
		kind := s.Kinds[b[18*n+i]]
		if int64(at) != e.At || uint64(cause) != uint64(e.Cause) || place != e.Place || what != e.What || kind != e.Kind {
			t.Errorf("event %d is %v %d %s %s %s in the columns, and %+v", i+1, at, cause, place, what, kind, e)
		}
	}
}

func TestAnEventShowsWhatItChanged(t *testing.T) {
	p := player.New()
	s := ask[player.Summary](t, p, player.Request{Do: "run", Spec: figure8})
	votes := ask[[]uint64](t, p, player.Request{Do: "find", Spec: figure8, Text: "raft.RequestVote{"})
	if len(votes) != 0 {
		t.Errorf("found what is nowhere: %v", votes)
	}
	seen := 0
	for _, id := range ask[[]uint64](t, p, player.Request{Do: "find", Spec: figure8, Text: "raft.requestvote "}) {
		e := ask[player.Event](t, p, player.Request{Do: "event", Spec: figure8, Event: traceID(int(id))})
		if e.Kind != "receive" {
			continue
		}
		seen++
		vote := find(e.State, "VotedFor")
		if vote == nil || find(e.State, "CurrentTerm") == nil || find(e.State, "Log") == nil {
			t.Fatalf("event %d of %d shows no vote: %+v", id, s.Count, e.State)
		}
		if e.Changed != (vote.Mark == "changed" || find(e.State, "CurrentTerm").Mark == "changed") {
			t.Errorf("event %d: changed %v, vote %+v", id, e.Changed, vote)
		}
	}
	if seen < 4 {
		t.Errorf("looked at %d requests for a vote", seen)
	}
}

func find(t *player.Tree, key string) *player.Tree {
	if t == nil || t.Key == key {
		return t
	}
	for _, c := range t.Children {
		if found := find(c, key); found != nil {
			return found
		}
	}
	return nil
}

func TestARunThatHeldHasNoViolationToGoTo(t *testing.T) {
	for _, experiment := range []string{"raft/linearizable", "vr/linearizable"} {
		s := ask[player.Summary](t, player.New(), player.Request{Do: "run", Spec: player.Spec{Experiment: experiment, Seed: 1}})
		if s.Verdict != check.OK || s.Shown != 0 || len(s.Witness) != 0 {
			t.Errorf("%s: %v, shown by event %d, which depends on %d others", experiment, s.Verdict, s.Shown, len(s.Witness))
		}
	}
}

func TestAHistoryIsExplained(t *testing.T) {
	p := player.New()
	spec := player.Spec{Experiment: "raft/linearizable", Seed: 3}
	if s := ask[player.Summary](t, p, player.Request{Do: "run", Spec: spec}); !s.History {
		t.Fatal("no history")
	}
	h := ask[check.Picture](t, p, player.Request{Do: "history", Spec: spec})
	if len(h.Operations) < 10 || len(h.Objects) == 0 {
		t.Fatalf("%d operations on %d objects", len(h.Operations), len(h.Objects))
	}
	for _, o := range h.Objects {
		if o.Verdict == check.Violation || len(o.Order) == 0 || len(o.States) != len(o.Order) {
			t.Errorf("%+v", o)
		}
	}
}

func TestWhatMakesNoSenseIsRefused(t *testing.T) {
	p := player.New()
	for _, q := range []string{
		`{`, `{"do":"run","spec":{"experiment":"raft"}}`, `{"do":"run","spec":{"experiment":"nothing/here"}}`,
		`{"do":"dance","spec":{"experiment":"raft/figure-8"}}`,
		`{"do":"run","spec":{"experiment":"raft/linearizable","params":{"speed":"3"}}}`,
		`{"do":"event","spec":{"experiment":"raft/figure-8"},"event":99999999}`,
		`{"do":"export","spec":{"experiment":"raft/figure-8"},"format":"docx"}`,
		`{"do":"shrink","spec":{"experiment":"raft/figure-8","seed":1}}`,
		`{"do":"run","spec":{"experiment":"raft/linearizable","seed":1,"faults":"at noon crash a"}}`,
	} {
		if _, _, err := p.Ask(t.Context(), []byte(q)); !errors.Is(err, player.ErrRequest) {
			t.Errorf("%s: %v", q, err)
		}
	}
}

func TestACallerWhoGoesAwayEndsTheRun(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	q, _ := json.Marshal(player.Request{Do: "run", Spec: figure8})
	if _, _, err := player.New().Ask(ctx, q); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestEveryFormatIsWritten(t *testing.T) {
	p := player.New()
	for format, want := range map[string]string{"svg": "<svg", "shiviz": "a/raft {", "json": `"kind":"receive"`, "text": "raft.RequestVote"} {
		q, _ := json.Marshal(player.Request{Do: "export", Spec: figure8, Format: format})
		body, _, err := p.Ask(t.Context(), q)
		if err != nil || !strings.Contains(string(body), want) {
			t.Errorf("%s: %v, %d bytes", format, err, len(body))
		}
	}
}
