package browser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/parleysystems/parley/interop/hosts"
)

// running is the one browser of a test binary, once a test has opened a tab. It is
// kept for the next one if Main will end it.
var running struct {
	sync.Mutex
	kept    bool
	tabs    int
	ctx     context.Context // nil if there is none
	end     func()
	profile string
}

// chromium returns the context of the browser, which it starts if there is none yet.
func chromium(binary string) (context.Context, error) {
	running.Lock()
	defer running.Unlock()
	if running.ctx != nil {
		running.tabs++
		return running.ctx, nil
	}
	profile, err := os.MkdirTemp("", "parley-browser-")
	if err != nil {
		return nil, err
	}
	options := []chromedp.ExecAllocatorOption{chromedp.ExecPath(binary), chromedp.UserDataDir(profile)}
	for _, flag := range []string{"headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run",
		"disable-background-networking", "disable-component-update", "disable-sync",
		// No tab is slower for not being the newest.
		"disable-background-timer-throttling", "disable-backgrounding-occluded-windows", "disable-renderer-backgrounding"} {
		options = append(options, chromedp.Flag(flag, true))
	}
	allocated, end := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, leave := chromedp.NewContext(allocated)
	running.profile, running.end = profile, func() { leave(); end() }
	// The browser lives as long as the context of the first call, so that has no
	// limit of time.
	if err := chromedp.Do(ctx); err != nil {
		return nil, errors.Join(err, quit())
	}
	running.ctx, running.tabs = ctx, 1
	return ctx, nil
}

// closed notes that a tab was closed.
func closed() error {
	running.Lock()
	defer running.Unlock()
	if running.tabs--; running.tabs > 0 || running.kept {
		return nil
	}
	return quit()
}

// quit ends the browser, if there is one. Its children may write to the profile for
// a moment after its end.
func quit() (err error) {
	if running.ctx != nil {
		err = chromedp.Cancel(running.ctx)
	}
	if running.end != nil {
		running.end()
		poll := time.NewTicker(50 * time.Millisecond)
		defer poll.Stop()
		for limit := time.Now().Add(Patience); os.RemoveAll(running.profile) != nil && time.Now().Before(limit); {
			<-poll.C
		}
	}
	running.ctx, running.end = nil, nil
	return err
}

// Main runs the tests of a package, ends the browser that they had, and removes what
// else is left. A package with many tests calls it in TestMain; in others the browser
// ends with its last tab.
func Main(m hosts.Tests) { hosts.Main(tests{m}) }

type tests struct{ hosts.Tests }

// Run implements hosts.Tests.
func (t tests) Run() int {
	running.kept = true
	status := t.Tests.Run()
	running.Lock()
	defer running.Unlock()
	if err := quit(); err != nil && status == 0 {
		fmt.Fprintln(os.Stderr, "end the browser:", err)
		return 1
	}
	return status
}
