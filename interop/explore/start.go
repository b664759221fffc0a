package explore

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parleysystems/parley/interop/browser"
	"github.com/parleysystems/parley/interop/hosts"
)

// Console is a parley explore that runs in the checkout.
type Console struct {
	Address, Token string // of the console, without the page

	process *exec.Cmd
	lines   *bufio.Scanner
}

// Run starts one with more arguments than its address.
func Run(arguments ...string) (*Console, error) {
	binary, err := hosts.Parley()
	if err != nil {
		return nil, err
	}
	c := &Console{process: exec.Command(binary, append([]string{"explore", "--addr", "127.0.0.1:0"}, arguments...)...)}
	c.process.Dir, c.process.Stderr = "../..", os.Stderr
	out, err := c.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.process.Start(); err != nil {
		return nil, err
	}
	c.lines = bufio.NewScanner(out)
	for c.lines.Scan() {
		if link, ok := strings.CutPrefix(c.lines.Text(), "console  "); ok {
			page, token, _ := strings.Cut(link, "#token=")
			c.Address, _, _ = strings.Cut(page, "/experiments/")
			c.Token = token
			return c, nil
		}
	}
	return nil, errors.Join(errors.New("parley explore ended without saying where the console is"), c.process.Wait())
}

// Stop ends it as Ctrl-C does.
func (c *Console) Stop() error {
	_ = c.process.Process.Signal(os.Interrupt) // it may have ended
	for c.lines.Scan() {                       // until its end
	}
	if err := c.process.Wait(); err != nil {
		return fmt.Errorf("parley explore ended with %w", err)
	}
	return nil
}

// shared is the console of all tests that need no arguments, once one of them has
// run: what it has compiled need not be looked at again.
var shared struct {
	sync.Mutex
	*Console
}

// Start returns the address of a console, and the token. With arguments it is one
// that ends with the test.
func Start(t testing.TB, arguments ...string) (address, token string) {
	t.Helper()
	if len(arguments) > 0 {
		c, err := Run(arguments...)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := c.Stop(); err != nil {
				t.Error(err)
			}
		})
		return c.Address, c.Token
	}
	shared.Lock()
	defer shared.Unlock()
	if shared.Console == nil {
		c, err := Run()
		if err != nil {
			t.Fatal(err)
		}
		shared.Console = c
	}
	return shared.Address, shared.Token
}

// Main runs the tests of a package, and ends the console and the browser that they
// shared; call it in TestMain.
func Main(m *testing.M) { browser.Main(tests{m}) }

type tests struct{ *testing.M }

// Run implements hosts.Tests.
func (t tests) Run() int {
	status := t.M.Run()
	if shared.Console == nil {
		return status
	}
	if err := shared.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return status
}

// compiling is how long the simulator with switches may take to be compiled, once.
const compiling = 10 * time.Minute

// Compiled waits until the server has a simulator with a switch for each rule: the
// page says so as long as it has not.
func Compiled(b *browser.Tab) {
	const busy = `document.querySelector("[aria-busy=true]")?.innerText.startsWith("Compiling")`
	b.Await("the run, or what it waits for", `document.querySelector("[data-verdict], [role=alert]") || `+busy)
	for limit := time.Now().Add(compiling); time.Now().Before(limit); {
		if !browser.Get[bool](b, `Boolean(`+busy+`)`) {
			return
		}
		browser.Get[bool](b, `new Promise(done => setTimeout(() => done(true), 500))`)
	}
}

// Show opens a page of the console and waits until the run in it is there.
func Show(b *browser.Tab, address, token, page string) {
	b.Go(address + page + "#token=" + token)
	b.Await("the outcome of the run", `document.querySelector("[data-verdict]")`)
}
