package page_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parleysystems/parley/serve/host"
	"github.com/parleysystems/parley/serve/page"
)

// get asks a page about the given hosts.
func get(t *testing.T, p page.Page, path string, hosts ...host.Status) (*http.Response, string) {
	t.Helper()
	p.Hosts = func(context.Context) []host.Status { return hosts }
	server := httptest.NewServer(p.Handler())
	defer server.Close()
	answer, err := http.Get(server.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(body)
}

var (
	leads = host.Status{Name: "a", Role: "leader", Leader: "a", Epoch: 3, Applied: 42, Syncs: 7}
	alone = host.Status{Name: "b", Role: "candidate"}
	dead  = host.Status{Name: "c", Role: "leader", Leader: "c", Failure: "disk <full>"}
)

func TestHealthNeedsAHostThatServes(t *testing.T) {
	for _, test := range []struct {
		name  string
		hosts []host.Status
		code  int
		want  string
	}{
		{"a leader", []host.Status{dead, leads}, 200, `"health":"true"`},
		{"no leader", []host.Status{dead, alone}, 503, "host b knows no leader"},
		{"dead leader", []host.Status{dead}, 503, "disk"},
		{"nothing", nil, 503, "no host runs"},
	} {
		t.Run(test.name, func(t *testing.T) {
			answer, body := get(t, page.Page{}, "/health", test.hosts...)
			if answer.StatusCode != test.code || !strings.Contains(body, test.want) {
				t.Errorf("%d %s, want %d and %q", answer.StatusCode, body, test.code, test.want)
			}
		})
	}
}

func TestStatusIsTheHostsAsData(t *testing.T) {
	_, body := get(t, page.Page{}, "/status.json", leads, dead)
	var hosts []host.Status
	if err := json.Unmarshal([]byte(body), &hosts); err != nil {
		t.Fatal(err)
	}
	if len(hosts) != 2 || hosts[0].Applied != 42 || hosts[1].Failure != dead.Failure {
		t.Errorf("got %s", body)
	}
}

func TestPageLoadsWhatIsServedBesideIt(t *testing.T) {
	answer, body := get(t, page.Page{Title: "<b>demo</b>"}, "/", leads)
	if answer.StatusCode != 200 || !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") {
		t.Errorf("%d %s", answer.StatusCode, answer.Header.Get("Content-Type"))
	}
	if strings.Contains(body, "<b>demo") || !strings.Contains(body, "&lt;b&gt;demo") {
		t.Error("the title is not escaped")
	}
	references := regexp.MustCompile(`(?:src|href)="([^"#]+)"`).FindAllStringSubmatch(body, -1)
	if len(references) < 5 {
		t.Fatalf("the page refers to %v", references)
	}
	for _, r := range references {
		if found, _ := get(t, page.Page{}, "/"+strings.TrimPrefix(r[1], "./")); found.StatusCode != 200 {
			t.Errorf("%s: %d", r[1], found.StatusCode)
		}
	}
}

func TestMetricsTellHostsApart(t *testing.T) {
	door := func(n float64) prometheus.Gatherer {
		r := prometheus.NewRegistry()
		c := prometheus.NewCounter(prometheus.CounterOpts{Name: "door_calls_total", Help: "Calls."})
		c.Add(n)
		r.MustRegister(c)
		return r
	}
	p := page.Page{Doors: map[string]prometheus.Gatherer{"a": door(1), "c": door(2)}}
	_, body := get(t, p, "/metrics", leads, dead)
	for _, want := range []string{
		`parley_applied_index{host="a"} 42`, `parley_is_leader{host="a"} 1`, `parley_up{host="c"} 0`, `parley_is_leader{host="c"} 0`,
		`door_calls_total{host="a"} 1`, `door_calls_total{host="c"} 2`, "go_goroutines ",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("there is no %q among the metrics", want)
		}
	}
}

func TestUnknownPathsAreNotFound(t *testing.T) {
	if answer, _ := get(t, page.Page{}, "/admin", leads); answer.StatusCode != 404 {
		t.Errorf("got %d, want 404", answer.StatusCode)
	}
}
