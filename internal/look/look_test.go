package look_test

import (
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/parleysystems/parley/internal/look"
)

// console is a server with a page, the files, and something that changes state.
func console(t *testing.T) (*httptest.Server, *look.Guard, *int) {
	t.Helper()
	changes := 0
	guard := look.NewGuard("lab.example")
	mux := http.NewServeMux()
	look.Mount(mux)
	mux.Handle("GET /canon/{$}", look.Page{Title: "<Canon>", Here: look.Canon, Sections: look.All, Root: "../",
		Modules: []string{"canon/page.js"}, Note: "a & b"}.Handler())
	mux.HandleFunc("POST /change", func(http.ResponseWriter, *http.Request) { changes++ })
	server := httptest.NewServer(guard.Handler(mux))
	t.Cleanup(server.Close)
	return server, guard, &changes
}

func ask(t *testing.T, method, url string, header map[string]string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range header {
		r.Header.Set(name, value)
	}
	r.Host = header["Host"]
	answer, err := http.DefaultClient.Do(r)
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

func TestThePageLoadsOnlyWhatIsHere(t *testing.T) {
	server, _, _ := console(t)
	answer, body := ask(t, "GET", server.URL+"/canon/", nil)
	if answer.StatusCode != 200 || !strings.Contains(answer.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
		t.Fatalf("%d %v", answer.StatusCode, answer.Header)
	}
	if strings.Contains(body, "<Canon>") || !strings.Contains(body, "&lt;Canon&gt;") || !strings.Contains(body, "a &amp; b") {
		t.Error("what a page says of itself is not escaped")
	}
	for _, m := range regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllStringSubmatch(body, -1) {
		if !strings.HasPrefix(m[1], "../") && m[1] != "#main" {
			t.Errorf("a reference is not relative to the top: %s", m[1])
		}
		if asset, ok := strings.CutPrefix(m[1], "../look/"); ok {
			if found, _ := ask(t, "GET", server.URL+"/look/"+asset, nil); found.StatusCode != 200 {
				t.Errorf("%s: %d", m[1], found.StatusCode)
			}
		}
	}
	if strings.Count(body, "aria-current") != 1 || !strings.Contains(body, `href="../canon/" aria-current="page"`) {
		t.Error("the current section is not marked, or not alone")
	}
	if regexp.MustCompile(`<script[^>]*>[^<]|<style| on[a-z]+=| style=`).MatchString(body) {
		t.Error("the policy forbids what stands in the page itself")
	}
}

func TestModulesImportOnlyEachOther(t *testing.T) {
	imports := regexp.MustCompile(`\bfrom ?"([^"]*)"|\bimport ?"([^"]*)"`)
	modules := 0
	err := fs.WalkDir(look.Files(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, ".js") {
			return err
		}
		modules++
		text, err := fs.ReadFile(look.Files(), name)
		for _, m := range imports.FindAllStringSubmatch(string(text), -1) {
			if from := m[1] + m[2]; !strings.HasPrefix(from, "./") {
				t.Errorf("%s imports %q", name, from)
			}
		}
		return err
	})
	if err != nil || modules < 5 {
		t.Errorf("%d modules, %v", modules, err)
	}
}

func TestAFileIsKeptByItsTag(t *testing.T) {
	server, _, _ := console(t)
	first, _ := ask(t, "GET", server.URL+"/look/look.js", nil)
	if kind := first.Header.Get("Content-Type"); kind != "text/javascript; charset=utf-8" {
		t.Errorf("a module is %s", kind)
	}
	again, body := ask(t, "GET", server.URL+"/look/look.js", map[string]string{"If-None-Match": first.Header.Get("ETag")})
	if again.StatusCode != http.StatusNotModified || body != "" {
		t.Errorf("asked again: %d with %d bytes", again.StatusCode, len(body))
	}
	for _, path := range []string{"/look/", "/look/vendor", "/look/vendor/", "/look/../page.go", "/look/none.js"} {
		if answer, _ := ask(t, "GET", server.URL+path, nil); answer.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, answer.StatusCode)
		}
	}
}

func TestTheGuardLetsNobodyElseChangeAnything(t *testing.T) {
	server, guard, changes := console(t)
	bearer := "Bearer " + guard.Token()
	for _, test := range []struct {
		name   string
		header map[string]string
		status int
	}{
		{"the page", map[string]string{"Authorization": bearer, "Sec-Fetch-Site": "same-origin"}, 200},
		{"a program", map[string]string{"Authorization": bearer}, 200},
		{"by its other name", map[string]string{"Authorization": bearer, "Host": "lab.example:80"}, 200},
		{"no token", nil, 401},
		{"an old token", map[string]string{"Authorization": bearer + "x"}, 401},
		{"no scheme", map[string]string{"Authorization": guard.Token()}, 401},
		{"another site", map[string]string{"Authorization": bearer, "Sec-Fetch-Site": "cross-site"}, 403},
		{"another port", map[string]string{"Authorization": bearer, "Sec-Fetch-Site": "same-site"}, 403},
		{"another origin", map[string]string{"Authorization": bearer, "Origin": "http://evil.example"}, 403},
		{"a rebound name", map[string]string{"Authorization": bearer, "Host": "evil.example"}, 421},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := *changes
			answer, body := ask(t, "POST", server.URL+"/change", test.header)
			if answer.StatusCode != test.status || *changes-before != 0 != (test.status == 200) {
				t.Errorf("%d %q and %d changes, want %d", answer.StatusCode, body, *changes-before, test.status)
			}
		})
	}
}

func TestAReboundNameReadsNothing(t *testing.T) {
	server, _, _ := console(t)
	for host, status := range map[string]int{"": 200, "localhost:1": 200, "[::1]:7400": 200, "[::1]": 200, "127.0.0.1": 200,
		"evil.example:7400": 421, "127.0.0.1.evil.example": 421, "localhost.evil": 421, "10.0.0.1": 421} {
		if answer, _ := ask(t, "GET", server.URL+"/canon/", map[string]string{"Host": host}); answer.StatusCode != status {
			t.Errorf("Host %q: %d, want %d", host, answer.StatusCode, status)
		}
	}
}
