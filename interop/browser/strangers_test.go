//go:build interop

package browser_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/parleysystems/parley/interop/browser"
)

// Who has only the address sees everything and can do nothing.
func TestWithoutTheTokenNothingCanBeDone(t *testing.T) {
	up := browser.StartUp(t)
	b := browser.Open(t)
	b.Go(up.Page)
	b.Await("three hosts with their roles", settled)
	b.Await("the page says why", `document.getElementById("locked")`)
	if enabled := browser.Get[int](b, `document.querySelectorAll("[data-action]:not(:disabled), [data-link]:not(:disabled)").length`); enabled != 0 {
		t.Errorf("%d buttons can be pressed", enabled)
	}
	b.Expect("401")
	for _, token := range []string{"", "Bearer ", "Bearer GUESSED"} {
		status := browser.Get[int](b, `fetch("cluster/hosts/a/kill", {method: "POST", headers: {Authorization: "`+token+`"}}).then(r => r.status)`)
		if status != http.StatusUnauthorized {
			t.Errorf("a kill with %q is answered with %d", token, status)
		}
	}
	b.Await("nothing happened", settled)
	if ok := browser.Get[string](b, figure("ok")); ok != "0" {
		t.Errorf("the probe wrote %s times for somebody without the token", ok)
	}
	b.Shots("locked")
}

// A token of an earlier start is recognised, and forgotten.
func TestATokenOfAnEarlierStartIsForgotten(t *testing.T) {
	up := browser.StartUp(t)
	b := browser.Open(t)
	b.Expect("401")
	b.Go(up.Page + "/#token=OLD")
	b.Await("the page says why", `document.getElementById("locked")`)
	if kept := browser.Get[bool](b, `localStorage.getItem("parley-token") !== null`); kept {
		t.Error("the token is kept")
	}
}

// A page of another site, opened in the same browser as the console, with the
// token even: it cannot do anything, cannot read anything, and cannot frame it.
func TestAnotherSiteCanDoNothing(t *testing.T) {
	up := browser.StartUp(t)
	_, token, _ := strings.Cut(up.Link, "#token=")
	evil := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(`<title>evil</title><iframe src="` + up.Page + `/"></iframe>`)) // the browser may have left
	}))
	defer evil.Close()
	b := browser.Open(t)
	b.Expect("")
	b.Go(evil.URL)
	for _, attempt := range []string{
		`fetch("` + up.Page + `/cluster/state").then(() => "read")`,
		`fetch("` + up.Page + `/cluster/hosts/a/kill", {method: "POST", headers: {Authorization: "Bearer ` + token + `"}}).then(() => "done")`,
	} {
		if got := browser.Get[string](b, attempt+`.catch(() => "refused")`); got != "refused" {
			t.Errorf("%s: %s", attempt, got)
		}
	}
	// A simple request arrives, although its answer is kept from who sent it.
	browser.Get[string](b, `fetch("`+up.Page+`/cluster/hosts/a/kill", {method: "POST", mode: "no-cors"}).then(() => "sent", () => "sent")`)
	b.Go(up.Link)
	b.Await("all hosts are well", settled)
}
