//go:build interop

package board_test

import (
	"bufio"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/parleysystems/parley/interop/hosts"
)

// built is where parley was compiled; TestMain removes it.
var built string

func TestMain(m *testing.M) {
	status := m.Run()
	if built != "" {
		_ = os.RemoveAll(built) // a leftover in the temporary directory hurts nobody
	}
	os.Exit(status)
}

// parley compiles the program once, unless PARLEY_INTEROP_BINARY names one that was
// compiled before.
var parley = sync.OnceValues(func() (name string, err error) {
	if binary := os.Getenv("PARLEY_INTEROP_BINARY"); binary != "" {
		return binary, nil
	}
	if built, err = os.MkdirTemp("", "parley-board-"); err != nil {
		return "", err
	}
	name = filepath.Join(built, "parley")
	build := exec.Command("go", "build", "-o", name, "github.com/parleysystems/parley/cmd/parley")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return name, nil
})

// replica is a process, which can be killed and started again.
type replica struct {
	t               *testing.T
	name, dir, list string
	url             string
	process         *exec.Cmd
}

// start starts a board of three.
func start(t *testing.T) (all []*replica) {
	t.Helper()
	var entries []string
	for _, name := range []string{"a", "b", "c"} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, name+"="+l.Addr().String())
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"a", "b", "c"} {
		r := &replica{t: t, name: name, dir: t.TempDir(), list: strings.Join(entries, ",")}
		r.start()
		t.Cleanup(r.kill)
		all = append(all, r)
	}
	return all
}

func (r *replica) start() {
	r.t.Helper()
	program, err := parley()
	if err != nil {
		r.t.Fatal(err)
	}
	r.process = exec.Command(program, "serve", "board", "--name", r.name, "--replicas", r.list, "--http", "127.0.0.1:0", "--data", r.dir, "--faults")
	r.process.Stderr = r.t.Output()
	out, err := r.process.StdoutPipe()
	if err != nil {
		r.t.Fatal(err)
	}
	if err := r.process.Start(); err != nil {
		r.t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		r.t.Fatalf("replica %s does not say where it listens: %v", r.name, err)
	}
	r.url = strings.TrimSpace(strings.TrimPrefix(line, "board "))
}

func (r *replica) kill() {
	if r.process != nil {
		_ = r.process.Process.Kill()
		_ = r.process.Wait() // killed, as it should be
	}
	r.process = nil
}

func (r *replica) page() string {
	r.t.Helper()
	return r.read(http.Get(r.url))
}

func (r *replica) read(answer *http.Response, err error) string {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		r.t.Fatalf("replica %s: %s, %v\n%s", r.name, answer.Status, err, text)
	}
	return html.UnescapeString(string(text))
}

var token = regexp.MustCompile(`name="token" value="([^"]+)"`)

// send posts a form as the page has it.
func (r *replica) send(path string, form url.Values) string {
	r.t.Helper()
	form.Set("token", token.FindStringSubmatch(r.page())[1])
	return r.read(http.PostForm(r.url+path, form))
}

// post returns the name of what it posts.
func (r *replica) post(text, reply string) string {
	r.t.Helper()
	page := r.send("/posts", url.Values{"text": {text}, "reply": {reply}, "author": {"ann"}})
	return article.FindStringSubmatch(page)[1]
}

// cut cuts a replica off from others, one way.
func (r *replica) cut(names ...string) { r.t.Helper(); r.send("/cuts", url.Values{"cut": names}) }

// await waits until a page shows all these posts.
func (r *replica) await(names ...string) {
	r.t.Helper()
	hosts.Await(r.t, fmt.Sprintf("replica %s to show %v", r.name, names), func() bool {
		page := r.page()
		for _, n := range names {
			if !strings.Contains(page, `id="`+n+`"`) {
				return false
			}
		}
		return true
	})
	r.inOrder()
}

var (
	article = regexp.MustCompile(`<article id="([^"]+)"`)
	reply   = regexp.MustCompile(`Reply to <a href="#([^"]+)">`)
)

// inOrder demands that each reply stands above its post: the latest is first.
func (r *replica) inOrder() {
	r.t.Helper()
	page := r.page()
	for _, one := range strings.Split(page, "<article ")[1:] {
		if of := reply.FindStringSubmatch(one); of != nil {
			name := article.FindStringSubmatch("<article " + one)[1]
			if at := strings.Index(page, `<article id="`+of[1]+`"`); at < strings.Index(page, `<article id="`+name+`"`) {
				r.t.Errorf("replica %s shows %s, a reply to %s, and that is not below it:\n%s", r.name, name, of[1], page)
			}
		}
	}
}
