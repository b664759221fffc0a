package workload_test

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/workload"
	"pgregory.net/rapid"
)

func TestTheSameSeedAsksForTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed, client := rapid.Uint64().Draw(t, "seed"), rapid.IntRange(0, 9).Draw(t, "client")
		a := workload.NewGenerator(workload.Register(5), seed, client)
		b := workload.NewGenerator(workload.Register(5), seed, client)
		for range 50 {
			if x, y := a.Next(), b.Next(); x != y {
				t.Fatalf("%v and %v", x, y)
			}
		}
	})
}

func TestWrittenValuesAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for client := range 8 {
		g := workload.NewGenerator(workload.Mix{Keys: 3, Write: 1, CAS: 1, Append: 1}, 7, client)
		for range 500 {
			if in := g.Next(); seen[in.Value] || in.Value == "" {
				t.Fatalf("value %q was written before", in.Value)
			} else {
				seen[in.Value] = true
			}
		}
	}
}

func TestShares(t *testing.T) {
	const n = 20000
	verbs, keys := map[workload.Verb]int{}, map[string]int{}
	g := workload.NewGenerator(workload.Mix{Keys: 10, Zipf: 1, Read: 3, Write: 1}, 1, 0)
	for range n {
		in := g.Next()
		verbs[in.Verb]++
		keys[in.Key]++
	}
	if share := float64(verbs[workload.Read]) / n; share < 0.72 || share > 0.78 {
		t.Errorf("reads are %.2f of all, want 0.75", share)
	}
	if ratio := float64(keys["k0"]) / float64(keys["k4"]); ratio < 4 || ratio > 6 {
		t.Errorf("key 0 is chosen %.1f times as often as key 4, want 5 by Zipf", ratio)
	}
}

// A clock that stands still, as virtual time does within an event, must not
// make operations overlap that came one after the other.
func TestTimesShowTheOrderOfRecording(t *testing.T) {
	r := workload.NewRecorder[workload.Request, workload.Response](func() time.Duration { return 5 })
	a := r.Invoke(1, workload.Request{})
	r.OK(a, workload.Response{})
	b := r.Invoke(2, workload.Request{})
	r.Fail(b, errors.New("refused"))
	c := r.Invoke(1, workload.Request{})
	r.Lose(c, errors.New("timeout"))
	d := r.Invoke(1, workload.Request{})
	h := r.History()
	if !h[a].Before(&h[b]) || !h[b].Before(&h[c]) || h[c].Before(&h[d]) {
		t.Errorf("order is lost: %+v", h)
	}
	if h[c].Return != workload.Never || h[c].Outcome != workload.Unknown || r.Open() != 1 {
		t.Errorf("a lost operation is %+v, with %d open", h[c], r.Open())
	}
	if ok, failed, unknown := h.Counts(); ok != 1 || failed != 1 || unknown != 2 {
		t.Errorf("counts %d %d %d", ok, failed, unknown)
	}
}

func TestEndingAnOperationTwicePanics(t *testing.T) {
	r := workload.NewRecorder[workload.Request, workload.Response](func() time.Duration { return 0 })
	id := r.Invoke(0, workload.Request{})
	r.Lose(id, errors.New("timeout"))
	defer func() {
		if recover() == nil {
			t.Error("the second end was accepted")
		}
	}()
	r.OK(id, workload.Response{})
}

func TestHistoriesSurviveTheirText(t *testing.T) {
	now := time.Duration(0)
	r := workload.NewRecorder[workload.Request, workload.Response](func() time.Duration { now += 10; return now })
	g := workload.NewGenerator(workload.Mix{Keys: 2, Read: 1, Write: 1, CAS: 1, Add: 1, Append: 1, Delete: 1}, 3, 1)
	for i := range 30 {
		id := r.Invoke(1, g.Next())
		switch i % 3 {
		case 0:
			r.OK(id, workload.Response{Value: "v", Version: 3, Done: true})
		case 1:
			r.Fail(id, errors.New("not leader"))
		default:
			r.Lose(id, errors.New("timeout"))
		}
	}
	var text bytes.Buffer
	if err := r.History().WriteJSON(&text); err != nil {
		t.Fatal(err)
	}
	back, err := workload.ReadJSON[workload.Request, workload.Response](&text)
	if err != nil || !reflect.DeepEqual(back, r.History()) {
		t.Errorf("%v\n%+v\n%+v", err, back, r.History())
	}
}

func TestBadHistoriesAreRefusedWithTheirLine(t *testing.T) {
	const good = `{"client":1,"call":5,"return":6,"outcome":"ok","in":{"verb":"read","key":"x"},"out":{}}` + "\n"
	for bad, want := range map[string]string{
		`{`: "unexpected end",
		`{"client":1,"call":5,"outcome":"perhaps","in":{},"out":{}}`:                         "not an outcome",
		`{"client":1,"call":5,"return":9,"outcome":"ok","in":{"verb":"jump"},"out":{}}`:      "not a verb",
		`{"client":1,"call":9,"return":8,"outcome":"ok","in":{"verb":"read"},"out":{}}`:      "before its call",
		`{"client":1,"call":9,"outcome":"ok","in":{"verb":"read"},"out":{}}`:                 "contradicts the return time",
		`{"client":1,"call":9,"return":10,"outcome":"unknown","in":{"verb":"read"}}`:         "contradicts the return time",
		`{"client":1,"call":9,"return":10,"outcome":"ok","in":{"verb":"read"}}`:              "contradicts the answer",
		`{"client":1,"call":1,"return":10,"outcome":"failed","in":{"verb":"read","key":""}}`: "before the operation of the line above",
	} {
		_, err := workload.ReadJSON[workload.Request, workload.Response](strings.NewReader(good + bad))
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%s\n got %v, want line 2 and %q", bad, err, want)
		}
	}
}

func FuzzReadJSON(f *testing.F) {
	f.Add([]byte(`{"client":1,"call":5,"return":6,"outcome":"ok","in":{"verb":"read","key":"x"},"out":{}}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		h, err := workload.ReadJSON[workload.Request, workload.Response](bytes.NewReader(text))
		if err != nil {
			return
		}
		var out bytes.Buffer
		if err := h.WriteJSON(&out); err != nil {
			t.Skip("a line may leave the verb out, which has no text")
		}
		again, err := workload.ReadJSON[workload.Request, workload.Response](&out)
		if err != nil || len(again) != len(h) {
			t.Fatalf("%v: %d operations became %d", err, len(h), len(again))
		}
	})
}
