package page_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/parleysystems/parley/serve/host"
	"github.com/parleysystems/parley/serve/page"
)

// hands writes down what it is asked to do.
type hands struct {
	done []string
	cuts []page.Cut
}

func (h *hands) note(action, name string) error {
	switch name {
	case "a", "b":
		h.done = append(h.done, action+" "+name)
		return nil
	case "down":
		return fmt.Errorf("%s: %w", name, page.ErrNotNow)
	}
	return fmt.Errorf("%s: %w", name, page.ErrNoHost)
}

func (h *hands) Kill(name string) error    { return h.note("kill", name) }
func (h *hands) Restart(name string) error { return h.note("restart", name) }
func (h *hands) Pause(name string) error   { return h.note("pause", name) }
func (h *hands) Resume(name string) error  { return h.note("resume", name) }
func (h *hands) Cut(c []page.Cut) error    { h.cuts = c; return nil }
func (h *hands) Faults() page.Faults       { return page.Faults{Killed: []string{"b"}, Cuts: h.cuts} }

func post(t *testing.T, p page.Page, path, body string) (int, string) {
	t.Helper()
	p.Hosts = func(context.Context) []host.Status { return nil }
	server := httptest.NewServer(p.Handler())
	defer server.Close()
	answer, err := http.Post(server.URL+path, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

func TestButtonsDoWhatTheySay(t *testing.T) {
	h := &hands{}
	p := page.Page{Control: h}
	for _, action := range []string{"kill", "restart", "pause", "resume"} {
		if status, text := post(t, p, "/cluster/hosts/a/"+action, ""); status != 200 {
			t.Errorf("%s: %d %s", action, status, text)
		}
	}
	if want := []string{"kill a", "restart a", "pause a", "resume a"}; !slices.Equal(h.done, want) {
		t.Errorf("done: %v, want %v", h.done, want)
	}
	if status, text := post(t, p, "/cluster/cuts", `{"cuts":[{"from":"a","to":"b"}]}`); status != 200 || len(h.cuts) != 1 || h.cuts[0] != (page.Cut{From: "a", To: "b"}) {
		t.Errorf("%d %s, and the cuts are %v", status, text, h.cuts)
	}
	_, body := get(t, p, "/cluster/state", leads)
	for _, want := range []string{`"killed":["b"]`, `"from":"a"`, `"applied":42`} {
		if !strings.Contains(body, want) {
			t.Errorf("the state does not say %s: %s", want, body)
		}
	}
}

func TestWhatCannotBeDoneIsSaidAndNotDone(t *testing.T) {
	h := &hands{}
	for _, test := range []struct {
		path, body string
		status     int
		text       string
	}{
		{"/cluster/hosts/nobody/kill", "", 404, "no such host"},
		{"/cluster/hosts/down/kill", "", 409, "not possible now"},
		{"/cluster/hosts/a/explode", "", 404, ""},
		{"/cluster/cuts", "{", 400, "nothing was changed"},
		{"/cluster/cuts", `{"cut":[]}`, 400, "nothing was changed"},
		{"/cluster/cuts", `{"cuts":[` + strings.Repeat(" ", 20<<10) + `]}`, 400, "too large"},
		{"/cluster/probe", `{"run":true}`, 404, ""},
	} {
		if status, text := post(t, page.Page{Control: h}, test.path, test.body); status != test.status || !strings.Contains(text, test.text) {
			t.Errorf("%s %.30s: %d %q, want %d %q", test.path, test.body, status, text, test.status, test.text)
		}
	}
	if h.done != nil || h.cuts != nil {
		t.Errorf("done nevertheless: %v %v", h.done, h.cuts)
	}
	if status, _ := post(t, page.Page{}, "/cluster/hosts/a/kill", ""); status == 200 {
		t.Error("a page without controls controls something")
	}
	if answer, _ := get(t, page.Page{Control: h}, "/cluster/hosts/a/kill"); answer.StatusCode == 200 || h.done != nil {
		t.Error("a GET kills a host")
	}
}
