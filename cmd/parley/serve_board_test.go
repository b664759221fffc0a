package main

import (
	"crypto/tls"
	"html"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/live"
)

func TestServeBoardRefusesWhatNobodyCanServe(t *testing.T) {
	for _, test := range []struct {
		code  int
		flags []string
		want  string
	}{
		{2, []string{"--replicas", "a"}, "no NAME=HOST:PORT"},
		{2, []string{"--name", "z"}, "none of --replicas"},
		{2, []string{"--http", "nowhere"}, "no HOST:PORT"},
		{1, []string{"--http", "0.0.0.0:0"}, "credentials"},
		{1, []string{"--replicas", "a=0.0.0.0:0"}, "credentials"},
		{1, []string{"--certificate", "none.pem", "--key", "none.pem", "--authority", "none.pem"}, "none.pem"},
	} {
		parley(t, append([]string{"serve", "board", "--data", t.TempDir()}, test.flags...)...).expect(t, test.code, test.want)
	}
}

var (
	boardLine  = regexp.MustCompile(`^board (https?)://.*:([0-9]+)$`)
	boardToken = regexp.MustCompile(`name="token" value="([^"]+)"`)
)

// A board on all of a machine's addresses: the page and the other replicas speak TLS, and
// whoever has no certificate of the authority sees nothing.
func TestServeBoardBeyondLoopbackIsForHoldersOfCertificates(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cluster")
	parley(t, "init", "--hosts", "a=127.0.0.1,b=127.0.0.1", "--dir", dir, "--http", "").expect(t, 0)
	ports := freePorts(t, 2)
	replicas := "a=0.0.0.0:" + ports[0] + ",b=127.0.0.1:" + ports[1]
	board := func(name string) (p *process, address string) {
		own := filepath.Join(dir, name)
		p = start(t, "serve", "board", "--name", name, "--replicas", replicas, "--http", "0.0.0.0:0", "--data", t.TempDir(),
			"--certificate", own+"/host.crt", "--key", own+"/host.key", "--authority", own+"/ca.crt")
		at := boardLine.FindStringSubmatch(p.await(boardLine))
		if at[1] != "https" {
			t.Errorf("replica %s serves %s", name, at[0])
		}
		return p, "127.0.0.1:" + at[2]
	}
	first, a := board("a")
	second, b := board("b")

	credentials, err := live.LoadCredentials(dir+"/client.crt", dir+"/client.key", dir+"/ca.crt")
	if err != nil {
		t.Fatal(err)
	}
	browser := func(certificates ...tls.Certificate) *http.Client {
		transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: credentials.Authority, Certificates: certificates}}
		t.Cleanup(transport.CloseIdleConnections)
		return &http.Client{Timeout: patience, Transport: transport}
	}
	reader := browser(credentials.Certificate)
	ask := func(method, address, origin, host string, form url.Values) (int, string) {
		t.Helper()
		r, err := http.NewRequest(method, address, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if r.Host = host; origin != "" {
			r.Header.Set("Origin", origin)
		}
		answer, err := reader.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, html.UnescapeString(string(text))
	}
	for _, host := range []string{"", "a", "a:443"} {
		if status, page := ask("GET", "https://"+a, "", host, nil); status != http.StatusOK || !strings.Contains(page, "Nothing is posted yet") {
			t.Errorf("as %q: %d\n%s", host, status, page)
		}
	}
	if status, _ := ask("GET", "https://"+a, "", "evil.example", nil); status != http.StatusMisdirectedRequest {
		t.Errorf("a name that is not the server's: %d", status)
	}
	_, page := ask("GET", "https://"+a, "", "", nil)
	form := url.Values{"text": {"Who sees this?"}, "token": {boardToken.FindStringSubmatch(page)[1]}}
	if status, page := ask("POST", "https://"+a+"/posts", "https://evil.example", "", form); status != http.StatusForbidden {
		t.Errorf("a form of another site: %d\n%s", status, page)
	}
	if status, page := ask("POST", "https://"+a+"/posts", "https://"+a, "", form); status != http.StatusOK || !strings.Contains(page, "Who sees this?") {
		t.Errorf("posted: %d\n%s", status, page)
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); ; <-tick.C {
		if _, page := ask("GET", "https://"+b, "", "", nil); strings.Contains(page, "Who sees this?") {
			break
		} else if time.Now().After(deadline) {
			t.Fatalf("b does not show it:\n%s", page)
		}
	}
	if answer, err := browser().Get("https://" + a); err == nil {
		answer.Body.Close()
		t.Error("a reader without a certificate was let in")
	}
	if answer, err := http.Get("http://" + a); err == nil {
		answer.Body.Close()
		if answer.StatusCode < 400 {
			t.Errorf("in the clear: %s", answer.Status)
		}
	}
	for _, p := range []*process{first, second} {
		if status := p.stop(syscall.SIGTERM); status != 0 {
			t.Errorf("SIGTERM ends it with status %d, want 0\n%s", status, p.output())
		}
	}
}
