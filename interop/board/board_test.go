//go:build interop

package board_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/parleysystems/parley/interop/browser"
)

// c is cut off both ways. Both sides go on, c is killed meanwhile; when the cut is mended,
// everybody has everything, also after all three were killed.
func TestAPartitionHealsAndNothingIsLost(t *testing.T) {
	all := start(t)
	a, b, c := all[0], all[1], all[2]
	question := a.post("Is it raining?", "")
	b.await(question)
	c.await(question)

	a.cut("c")
	b.cut("c")
	c.cut("a", "b")
	answer := b.post("Not here.", question)
	a.await(answer)
	again := a.post("Good.", answer)
	alone := c.post("It pours.", question)
	for range 20 {
		alone = c.post("Still.", alone)
	}
	if page := c.page(); strings.Contains(page, "Not here.") {
		t.Errorf("c is cut off and shows what b posted:\n%s", page)
	}
	if page := a.page(); strings.Contains(page, "It pours.") {
		t.Errorf("a shows what c posted, which is cut off:\n%s", page)
	}
	c.kill()
	c.start() // its cuts are gone, those of a and b are not
	c.await(question, alone)

	a.cut()
	b.cut()
	for _, r := range all {
		r.await(question, answer, again, alone)
	}
	for _, r := range all {
		r.kill()
	}
	for _, r := range all {
		r.start()
	}
	last := c.post("It has stopped.", again)
	for _, r := range all {
		r.await(question, answer, again, alone, last)
	}
}

// a and c do not reach each other, b reaches both: posts go by way of it, in both
// directions, and none stands before what it answers.
func TestWhoReachesBothPassesOn(t *testing.T) {
	all := start(t)
	a, b, c := all[0], all[1], all[2]
	a.cut("c")
	c.cut("a")
	question := a.post("Who is there?", "")
	b.await(question)
	answer := b.post("Me.", question)
	mark := b.post("And that is all.", "") // it knows of its own replica's answer, so it waits, too
	c.await(question, answer, mark)
	again := c.post("And I.", question)
	a.await(again)
	b.kill() // nobody passes on any more
	alone := a.post("Good.", again)
	if page := c.page(); strings.Contains(page, "Good.") {
		t.Errorf("c shows what cannot have reached it:\n%s", page)
	}
	b.start()
	c.await(alone)
}

// A person writes with the keyboard, replies, and sees the reply on another replica.
func TestAPersonPostsAndReplies(t *testing.T) {
	all := start(t)
	b := browser.Open(t)
	b.Go(all[0].url)
	b.Press("#text", "Is it <b>raining</b>?")
	b.Press("#author", "Ann")
	b.Press("#author", kb.Enter)
	b.Await("the post", `document.querySelector("article .text").textContent === "Is it <b>raining</b>?"`)
	b.Await("the name to be kept", `document.querySelector("#author").value === "Ann"`)
	all[1].await("a-1")

	b.Go(all[1].url)
	b.Click(`article a[href="?reply=a-1"]`)
	b.Await("the cursor in the text", `document.activeElement.id === "text"`)
	b.Press("#text", "It pours.\nTake an umbrella.")
	b.Click("form.write button")
	b.Await("the reply above its post", `document.querySelector("article").innerText.includes("Take an umbrella.")`)
	b.Click(`article .quote a`)
	b.Await("the post to be marked", `document.querySelector("article:target").id === "a-1"`)
	all[2].await("b-1")
	for i := range 3 {
		all[2].post(fmt.Sprintf("%d. A longer text, so that lines have to be broken on a narrow window: %s", i, strings.Repeat("word ", 30)+strings.Repeat("x", 120)), "b-1")
	}
	b.Go(all[2].url)
	for _, size := range []browser.Size{browser.Laptop, browser.Phone} {
		b.Look(size, browser.Dark)
		b.Await("no text beyond the window", "document.documentElement.scrollWidth <= innerWidth")
	}
	b.Click(`input[value="a"]`)
	b.Click(`form[action="cuts"] button`)
	b.Await("the cut to be shown", `document.querySelector("table").innerText.includes("cut off")`)
	b.Shots("board")
}
