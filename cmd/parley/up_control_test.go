package main

import (
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/parleysystems/parley/serve/host"
)

// browsing is what a browser would be to a parley up.
type browsing struct {
	*up
	token string
}

func startConsole(t *testing.T, dir string, more ...string) *browsing {
	t.Helper()
	u := startUp(t, dir, more...)
	line := u.await(regexp.MustCompile(`^console +http://\S+/#token=(\S+)$`))
	_, token, _ := strings.Cut(line, "#token=")
	return &browsing{u, token}
}

// post asks for a change, and returns the answer's status and text.
func (c *browsing) post(path, body string) (int, string) {
	c.t.Helper()
	r, err := http.NewRequest("POST", "http://"+c.page+"/cluster/"+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

// change is post that must succeed.
func (c *browsing) change(path, body string) {
	c.t.Helper()
	if status, text := c.post(path, body); status != 200 {
		c.t.Fatalf("%s: %d %s", path, status, text)
	}
}

// seen is what the page draws, as far as these tests look.
type seen struct {
	Hosts  []host.Status
	Faults struct{ Killed, Paused []string }
}

// awaits polls the state until it is as wanted.
func (c *browsing) awaits(what string, want func(seen) bool) (s seen) {
	c.t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for limit := time.Now().Add(patience); ; <-tick.C {
		s = seen{}
		if err := json.Unmarshal([]byte(get(c.t, "http://"+c.page+"/cluster/state")), &s); err != nil {
			c.t.Fatal(err)
		}
		if want(s) {
			return s
		}
		if time.Now().After(limit) {
			c.t.Fatalf("waited %v for %s; the hosts are %+v", patience, what, s.Hosts)
		}
	}
}

// leads returns the name of the host that leads by the highest term.
func leads(s seen) (name string) {
	term := uint64(0)
	for _, h := range s.Hosts {
		if h.Serving() && h.Leader == h.Name && h.Epoch >= term {
			name, term = h.Name, h.Epoch
		}
	}
	return name
}

func serving(n int) func(seen) bool {
	return func(s seen) bool {
		count := 0
		for _, h := range s.Hosts {
			if h.Serving() {
				count++
			}
		}
		return count == n && leads(s) != ""
	}
}

func bothModes(t *testing.T, test func(t *testing.T, c *browsing)) {
	for _, mode := range []string{"--procs=false", "--procs"} {
		t.Run(mode, func(t *testing.T) {
			c := startConsole(t, t.TempDir(), mode)
			c.awaits("three hosts", serving(3))
			test(t, c)
			if status := c.stop(syscall.SIGINT); status != 0 {
				t.Errorf("Ctrl-C ends it with status %d, want 0\n%s", status, c.output())
			}
		})
	}
}

func TestTheConsoleKillsAndRestarts(t *testing.T) {
	bothModes(t, func(t *testing.T, c *browsing) {
		k := client(t, c.clients...)
		put(t, k, "before", "1")
		first := leads(c.awaits("a leader", serving(3)))
		c.change("hosts/"+first+"/kill", "")
		s := c.awaits("two hosts", serving(2))
		if len(s.Faults.Killed) != 1 || s.Faults.Killed[0] != first || leads(s) == first {
			t.Errorf("after %s was killed: %+v", first, s)
		}
		put(t, k, "meanwhile", "2")
		if status, text := c.post("hosts/"+first+"/kill", ""); status != 409 || !strings.Contains(text, "does not run") {
			t.Errorf("killed twice: %d %s", status, text)
		}
		c.change("hosts/"+first+"/restart", "")
		c.awaits("three hosts again", serving(3))
		expectValue(t, k, "before", "1")
		expectValue(t, k, "meanwhile", "2")
		if status, _ := c.post("hosts/"+first+"/restart", ""); status != 409 {
			t.Errorf("a host that runs is restarted: %d", status)
		}
	})
}

// Whoever has killed all three can still bring them back.
func TestTheConsoleOutlivesAllHosts(t *testing.T) {
	bothModes(t, func(t *testing.T, c *browsing) {
		for _, name := range upNames("raft") {
			c.change("hosts/"+name+"/kill", "")
		}
		for _, name := range upNames("raft") {
			c.change("hosts/"+name+"/restart", "")
		}
		c.awaits("three hosts again", serving(3))
		for _, name := range upNames("raft") { // and stops them cleanly when they are down again
			c.change("hosts/"+name+"/kill", "")
		}
	})
}

// A paused leader is replaced; it may be killed as it is, and stopped as it is.
func TestTheConsolePauses(t *testing.T) {
	bothModes(t, func(t *testing.T, c *browsing) {
		first := leads(c.awaits("a leader", serving(3)))
		c.change("hosts/"+first+"/pause", "")
		second := leads(c.awaits("another leader", func(s seen) bool { return leads(s) != "" && leads(s) != first }))
		if status, _ := c.post("hosts/"+first+"/pause", ""); status != 409 {
			t.Errorf("paused twice: %d", status)
		}
		c.change("hosts/"+first+"/resume", "")
		c.awaits("three hosts", serving(3))
		if status, _ := c.post("hosts/"+first+"/resume", ""); status != 409 {
			t.Errorf("resumed twice: %d", status)
		}
		c.change("hosts/"+first+"/pause", "")
		c.change("hosts/"+first+"/kill", "")
		c.change("hosts/"+first+"/restart", "")
		c.awaits("three hosts", serving(3))
		c.change("hosts/"+second+"/pause", "") // and stays so to the end
	})
}

// The host that nobody hears keeps its cut through a restart.
func TestTheConsoleCutsLinks(t *testing.T) {
	bothModes(t, func(t *testing.T, c *browsing) {
		first := leads(c.awaits("a leader", serving(3)))
		var cuts, reachable []string
		for i, other := range upNames("raft") {
			if other != first {
				reachable = append(reachable, c.clients[i])
				cuts = append(cuts, `{"from":"`+first+`","to":"`+other+`"}`, `{"from":"`+other+`","to":"`+first+`"}`)
			}
		}
		c.change("cuts", `{"cuts":[`+strings.Join(cuts, ",")+`]}`)
		alone := func(s seen) bool {
			for _, h := range s.Hosts {
				if h.Name == first && (h.Failure != "" || h.Leader != "" || h.Role == "starting") {
					return false
				}
			}
			return leads(s) != "" && leads(s) != first
		}
		c.awaits("the others elect one, and it knows none", alone)
		put(t, client(t, reachable...), "meanwhile", "1")
		if status, text := c.post("cuts", `{"cuts":[{"from":"a","to":"nobody"}]}`); status != 404 {
			t.Errorf("a link to nobody is cut: %d %s", status, text)
		}
		c.change("cuts", `{"cuts":[]}`)
		c.awaits("three hosts", serving(3))
	})
}

func TestTheConsoleObeysNobodyWithoutTheToken(t *testing.T) {
	c := startConsole(t, t.TempDir())
	c.awaits("three hosts", serving(3))
	right := c.token
	for _, wrong := range []string{"", "x", right + "x", right[:len(right)-1]} {
		c.token = wrong
		for _, path := range []string{"hosts/a/kill", "cuts", "probe"} {
			if status, _ := c.post(path, `{}`); status != 401 {
				t.Errorf("%s with the token %q: %d, want 401", path, wrong, status)
			}
		}
	}
	c.awaits("three hosts still", serving(3))
}
