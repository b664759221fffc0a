package browser

import (
	"context"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/systeminfo"
	"github.com/chromedp/chromedp"
)

// Patience is how long a page may take for anything that it has to do.
const Patience = 60 * time.Second

// Tab is one page, with a profile of its own. Its methods are for one goroutine;
// they fail the test if they cannot do what they say.
type Tab struct {
	t   testing.TB
	ctx context.Context

	hearing sync.WaitGroup

	mu       sync.Mutex
	errors   []string // B2
	expected []string // parts of errors that the test announced
}

// binary returns Chromium's path, or skips the test.
func binary(t testing.TB) string {
	t.Helper()
	named := os.Getenv("PARLEY_CHROMIUM")
	if named != "" && named != "required" {
		return named
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if named == "required" {
		t.Fatal("there is no Chromium on this machine")
	}
	t.Skip("there is no Chromium on this machine (Debian: apt install chromium)")
	return ""
}

// Open opens a tab with an empty profile (B1), as wide as a laptop.
func Open(t testing.TB) *Tab {
	t.Helper()
	browser, err := chromium(binary(t))
	if err != nil {
		t.Fatalf("start the browser: %v", err)
	}
	ctx, leave := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	b := &Tab{t: t, ctx: ctx}
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil {
			t.Errorf("close the tab: %v", err)
		}
		leave()
		if err := closed(); err != nil {
			t.Errorf("end the browser: %v", err)
		}
		b.judge()
	})
	messages := chromedp.Console(ctx)
	// The tab lives as long as the context of the first call, so that has no limit of
	// time.
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	b.hearing.Go(func() { b.hear(messages) })
	b.Look(Laptop, Light)
	return b
}

// hear collects what went wrong in the page.
func (b *Tab) hear(messages iter.Seq2[chromedp.ConsoleMessage, error]) {
	for m, err := range messages {
		if err != nil {
			return // the browser is gone
		}
		if m.IsException() || m.Type == "error" || m.Source == "security" {
			b.mu.Lock()
			b.errors = append(b.errors, fmt.Sprintf("%s %s (%s:%d)", m.Source, m.Text, m.URL, m.Line))
			b.mu.Unlock()
		}
	}
}

// Expect announces errors of the page whose text contains part.
func (b *Tab) Expect(part string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.expected = append(b.expected, part)
}

// judge keeps B2.
func (b *Tab) judge() {
	b.hearing.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
errors:
	for _, text := range b.errors {
		for _, part := range b.expected {
			if strings.Contains(text, part) {
				continue errors
			}
		}
		b.t.Errorf("the page reported: %s", text)
	}
}

// Do runs actions of chromedp one after the other; what says what they are for.
func (b *Tab) Do(what string, actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, Patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.t.Fatalf("%s: %v", what, err)
	}
}

// Ask runs an action that has a result.
func Ask[T any](b *Tab, what string, action chromedp.Action[T]) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, Patience)
	defer cancel()
	result, err := chromedp.Run(ctx, action)
	if err != nil {
		b.t.Fatalf("%s: %v", what, err)
	}
	return result
}

// Go loads a page.
func (b *Tab) Go(url string) {
	b.t.Helper()
	b.Do("load "+url, chromedp.Navigate(url))
}

// Get returns what an expression is in the page. A promise is waited for.
func Get[T any](b *Tab, expression string) T {
	b.t.Helper()
	return Ask(b, "evaluate "+expression, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// Await waits until an expression, which may be about what is not there yet, is
// true in the page (B3).
func (b *Tab) Await(what, expression string) {
	b.t.Helper()
	poll := time.NewTicker(50 * time.Millisecond)
	defer poll.Stop()
	guarded := "(() => { try { return Boolean(" + expression + "); } catch { return false; } })()"
	for limit := time.Now().Add(Patience); !b.is(guarded); <-poll.C {
		if time.Now().After(limit) {
			b.t.Fatalf("waited %v for %s (%s); the page says:\n%s", Patience, what, expression, Get[string](b, "document.body.innerText"))
		}
	}
}

// is tells whether an expression is true in the page. In a page that another is just
// taking the place of nothing is.
func (b *Tab) is(expression string) bool {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, Patience)
	defer cancel()
	yes, err := chromedp.Run(ctx, chromedp.Evaluate[bool](expression))
	switch {
	case err == nil:
		return yes
	case strings.Contains(err.Error(), "navigated or closed"), strings.Contains(err.Error(), "context was destroyed"), strings.Contains(err.Error(), "Cannot find context"):
		return false
	}
	b.t.Fatalf("evaluate %s: %v", expression, err)
	return false
}

// Click presses what a selector names, once it is there and can be pressed.
func (b *Tab) Click(selector string) {
	b.t.Helper()
	b.Await(selector, fmt.Sprintf("document.querySelector(%q).disabled !== true", selector))
	b.Do("click "+selector, chromedp.Click(chromedp.CSS(selector)))
}

// Press gives what a selector names the focus and types keys there.
func (b *Tab) Press(selector, keys string) {
	b.t.Helper()
	b.Await(selector, fmt.Sprintf("document.querySelector(%q).disabled !== true", selector))
	b.Do("focus "+selector, chromedp.Focus(chromedp.CSS(selector)), chromedp.KeyEvent(keys))
}

// Work returns how much processor time all of the browser's processes have used.
func (b *Tab) Work() time.Duration {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, Patience)
	defer cancel()
	info, err := cdp.Call(ctx, chromedp.FromContext(ctx).Browser, systeminfo.GetProcessInfo, cdp.Empty{})
	if err != nil {
		b.t.Fatalf("ask for the browser's processes: %v", err)
	}
	seconds := 0.0
	for _, p := range info.ProcessInfo {
		seconds += p.CPUTime
	}
	return time.Duration(seconds * float64(time.Second))
}

// Size is that of a window, in CSS pixels.
type Size struct{ Width, Height int64 }

// The windows that pages are made for.
var (
	Laptop = Size{1366, 768}
	Phone  = Size{390, 844}
)

// Theme is what the system is set to.
type Theme string

// The themes.
const (
	Light Theme = "light"
	Dark  Theme = "dark"
)

// Look changes the window and the theme.
func (b *Tab) Look(s Size, theme Theme) {
	b.t.Helper()
	b.Do("set the window", chromedp.EmulateViewport(s.Width, s.Height))
	ctx, cancel := context.WithTimeout(b.ctx, Patience)
	defer cancel()
	_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: string(theme)}},
	})
	if err != nil {
		b.t.Fatalf("set the theme: %v", err)
	}
}

// Shots writes pictures of the whole page, in both themes and on both windows,
// into the directory that PARLEY_SHOTS names, if it does. They are for people.
func (b *Tab) Shots(name string) {
	b.t.Helper()
	dir := os.Getenv("PARLEY_SHOTS")
	if dir == "" {
		return
	}
	for window, size := range map[string]Size{"laptop": Laptop, "phone": Phone} {
		for _, theme := range []Theme{Light, Dark} {
			b.Look(size, theme)
			Get[bool](b, "new Promise(r => setTimeout(() => requestAnimationFrame(() => r(true)), 700))")
			picture := Ask(b, "take a picture", chromedp.FullScreenshot(100))
			file := filepath.Join(dir, fmt.Sprintf("%s-%s-%s.png", name, window, theme))
			if err := os.WriteFile(file, picture, 0o600); err != nil {
				b.t.Fatal(err)
			}
		}
	}
	b.Look(Laptop, Light)
}
