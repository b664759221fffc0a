package explore

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/parleysystems/parley/interop/browser"
	"github.com/parleysystems/parley/interop/hosts"
)

// Start runs parley explore in the checkout, with more arguments, until the end
// of the test. It returns the address of the console, without the page, and the
// token.
func Start(t testing.TB, arguments ...string) (address, token string) {
	t.Helper()
	binary, err := hosts.Parley()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, append([]string{"explore", "--addr", "127.0.0.1:0"}, arguments...)...)
	cmd.Dir, cmd.Stderr = "../..", os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		for lines.Scan() { // until its end
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("parley explore ended with %v", err)
		}
	})
	for lines.Scan() {
		if link, ok := strings.CutPrefix(lines.Text(), "console  "); ok {
			page, token, _ := strings.Cut(link, "#token=")
			address, _, _ := strings.Cut(page, "/experiments/")
			return address, token
		}
	}
	t.Fatal("parley explore ended without saying where the console is")
	return "", ""
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
