//go:build interop

package browser_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/parleysystems/parley/interop/browser"
)

// Expressions about the page.
const (
	leader  = `[...document.querySelectorAll("tr[data-role=leader]")].map(r => r.dataset.host).join()`
	settled = `document.querySelectorAll("tr[data-role=leader]").length === 1 && document.querySelectorAll("tr[data-role=follower]").length === 2`
)

func role(host string) string {
	return fmt.Sprintf(`document.querySelector("tr[data-host=%s]").dataset.role`, host)
}

func button(host, action string) string {
	return fmt.Sprintf(`tr[data-host=%s] button[data-action=%s]`, host, action)
}

func figure(name string) string {
	return fmt.Sprintf(`document.querySelector("[data-outcome=%s] dd").textContent`, name)
}

func column(host, label string) string {
	return fmt.Sprintf(`document.querySelector("tr[data-host=%s] td[data-label='%s']").textContent`, host, label)
}

const story = `document.querySelector("ol.story").innerText`

// modes are the two ways to run a local cluster. The page is the same.
func modes(t *testing.T, test func(t *testing.T, up *browser.Up)) {
	for _, mode := range []string{"--procs=false", "--procs"} {
		t.Run(mode, func(t *testing.T) { test(t, browser.StartUp(t, mode)) })
	}
}

// What a person does who wants to see a change of leader.
func TestALeaderIsKilledReplacedRestartedAndCatchesUp(t *testing.T) {
	modes(t, func(t *testing.T, up *browser.Up) {
		b := browser.Open(t)
		b.Go(up.Link)
		b.Await("three hosts with their roles", settled)
		b.Await("the probe's attempts", figure("ok")+" > 10")
		if got := browser.Get[string](b, "location.hash"); got != "" {
			t.Errorf("the token is left in the address bar: %s", got)
		}
		first := browser.Get[string](b, leader)
		b.Shots("cluster" + t.Name()[len(t.Name())-3:])

		b.Click(button(first, "kill"))
		b.Await("the leader is down", role(first)+` === "down"`)
		b.Await("another leads", leader+` !== "" && `+leader+` !== `+fmt.Sprintf("%q", first))
		b.Await("the gap that clients saw is told", story+`.includes("clients waited for")`)
		b.Await("clients go on", `document.querySelector("[data-figure=waiting] dd").className === ""`)
		b.Shots("killed" + t.Name()[len(t.Name())-3:])
		if s := browser.Get[string](b, story); !strings.Contains(s, "you: kill "+first) || !strings.Contains(s, first+" is out") {
			t.Errorf("the story is %q", s)
		}

		b.Await("it has fallen behind", column(first, "lag")+` !== "0"`)
		b.Click(button(first, "restart"))
		b.Await("it is back", role(first)+` === "follower"`)
		b.Await("it has caught up", story+`.includes("`+first+` has caught up")`)
		b.Shots("back" + t.Name()[len(t.Name())-3:])
	})
}

func TestAPausedLeaderIsReplacedAndComesBackAsAFollower(t *testing.T) {
	modes(t, func(t *testing.T, up *browser.Up) {
		b := browser.Open(t)
		b.Go(up.Link)
		b.Await("three hosts with their roles", settled)
		first := browser.Get[string](b, leader)
		b.Click(button(first, "pause"))
		b.Await("it is paused", role(first)+` === "paused"`)
		b.Await("another leads", leader+` !== "" && `+leader+` !== `+fmt.Sprintf("%q", first))
		b.Click(button(first, "resume"))
		b.Await("it follows", role(first)+` === "follower"`)
		b.Await("three hosts with their roles", settled)
	})
}

// The leader of a minority goes on believing that it leads for a while; the
// others elect one of a higher term, and what counts is theirs.
func TestAnIsolatedLeaderIsReplacedAndHealed(t *testing.T) {
	modes(t, func(t *testing.T, up *browser.Up) {
		b := browser.Open(t)
		b.Go(up.Link)
		b.Await("three hosts with their roles", settled)
		first := browser.Get[string](b, leader)
		b.Click(button(first, "isolate"))
		b.Await("its links are cut", fmt.Sprintf(`document.querySelectorAll("button[data-link*=%s][aria-pressed=true]").length === 4`, first))
		b.Await("it does not lead any more", role(first)+` !== "leader"`)
		b.Await("another leads", `document.querySelectorAll("tr[data-role=leader]").length === 1`)
		b.Shots("isolated" + t.Name()[len(t.Name())-3:])
		b.Click("button[data-action=heal]")
		b.Await("the links are whole", `document.querySelectorAll("button[data-link][aria-pressed=true]").length === 0`)
		b.Await("three hosts with their roles", settled)
	})
}

func TestALinkIsCutOneWay(t *testing.T) {
	up := browser.StartUp(t)
	b := browser.Open(t)
	b.Go(up.Link)
	b.Await("three hosts with their roles", settled)
	first := browser.Get[string](b, leader)
	other := map[string]string{"a": "b", "b": "c", "c": "a"}[first]
	b.Click(fmt.Sprintf("button[data-link=%s]", first+other))
	b.Await("the follower lags", fmt.Sprintf(`Number(%s) > 3`, column(other, "lag")))
	if cuts := browser.Get[int](b, `document.querySelectorAll("button[data-link][aria-pressed=true]").length`); cuts != 1 {
		t.Errorf("%d links are cut, want one", cuts)
	}
	b.Click(fmt.Sprintf("button[data-link=%s]", first+other))
	b.Await("three hosts with their roles", settled)
	b.Await("it caught up", column(other, "lag")+` === "0"`)
}

// All three may be killed: the console stays, and brings them back.
func TestAllHostsAreKilledAndComeBack(t *testing.T) {
	modes(t, func(t *testing.T, up *browser.Up) {
		b := browser.Open(t)
		b.Go(up.Link)
		b.Await("three hosts with their roles", settled)
		for _, name := range []string{"a", "b", "c"} {
			b.Click(button(name, "kill"))
			b.Await(name+" is down", role(name)+` === "down"`)
		}
		b.Await("the page says what that means", `document.getElementById("state").textContent === "no host runs"`)
		b.Await("attempts fail or end unknown", figure("failed")+" > 0 && "+figure("unknown")+" > 0")
		b.Shots("dark" + t.Name()[len(t.Name())-3:])
		for _, name := range []string{"a", "b", "c"} {
			b.Click(button(name, "restart"))
		}
		b.Await("three hosts with their roles", settled)
	})
}

func TestTheKeyboardIsEnough(t *testing.T) {
	up := browser.StartUp(t)
	b := browser.Open(t)
	b.Go(up.Link)
	b.Await("three hosts with their roles", settled)
	first := browser.Get[string](b, leader)
	b.Press(button(first, "kill"), "\r")
	b.Await("the leader is down", role(first)+` === "down"`)
	b.Press("#theme", " ")
	b.Await("the theme is light", `document.documentElement.dataset.theme === "light"`)
}

// The other pages of the console are behind the same address.
func TestTheNavigationLeadsToTheLabAndBack(t *testing.T) {
	up := browser.StartUp(t)
	b := browser.Open(t)
	b.Go(up.Link)
	b.Await("three hosts with their roles", settled)
	for _, section := range []string{"Experiments", "History", "Canon", "Cluster"} {
		b.Click(fmt.Sprintf(`nav a[href$=%q]`, map[string]string{"Experiments": "experiments/", "History": "history/", "Canon": "canon/", "Cluster": "../"}[section]))
		b.Await("the page of "+section, fmt.Sprintf(`document.querySelector("nav [aria-current]").textContent === %q && document.querySelector("h1")`, section))
	}
	b.Await("three hosts with their roles", settled)
}
