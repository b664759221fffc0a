package board

import (
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/systems/order/multicast"
	"github.com/parleysystems/parley/systems/order/vector"
)

// reader is a browser at a replica, without a screen.
type reader struct {
	t      *testing.T
	b      *Board
	url    string
	client *http.Client
}

// visit opens a replica and a browser at it.
func visit(t *testing.T, o Options) *reader {
	t.Helper()
	b, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(b.Handler())
	t.Cleanup(func() { s.Close(); b.Close() })
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &reader{t, b, s.URL, &http.Client{Jar: jar}}
}

// alone visits a board of one replica.
func alone(t *testing.T) *reader {
	return visit(t, Options{Name: "a", Dir: t.TempDir(), Replicas: []Replica{{"a", "127.0.0.1:0"}}})
}

func (r *reader) read(resp *http.Response, err error) (int, string) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func (r *reader) get(path string) string {
	r.t.Helper()
	_, text := r.read(r.client.Get(r.url + path))
	return text
}

var tokenField = regexp.MustCompile(`name="token" value="([^"]+)"`)

// send posts a form as the page has it.
func (r *reader) send(path string, form url.Values) (int, string) {
	r.t.Helper()
	form.Set("token", tokenField.FindStringSubmatch(r.get("/"))[1])
	return r.read(r.client.PostForm(r.url+path, form))
}

func (r *reader) post(text, reply string) {
	r.t.Helper()
	if status, page := r.send("/posts", url.Values{"text": {text}, "reply": {reply}, "author": {"ann"}}); status != http.StatusOK {
		r.t.Fatalf("post %q: %d\n%s", text, status, page)
	}
}

// await polls a page until it shows a text.
func (r *reader) await(text string) string {
	r.t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); <-tick.C {
		if page := r.get("/"); strings.Contains(page, html.EscapeString(text)) {
			return page
		}
	}
	r.t.Fatalf("replica %s does not show %q:\n%s", r.b.o.Name, text, r.get("/"))
	return ""
}

func TestAPostIsTextWhateverItSays(t *testing.T) {
	r := alone(t)
	for _, text := range []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `</textarea><b>x`, `{{.Token}}`, "javascript:alert(1)", "a\nb\tc", "ümläut 漢字 🙂",
	} {
		r.post(text, "")
		if page := r.get("/"); !strings.Contains(page, html.EscapeString(text)) {
			t.Errorf("%q is not shown as it was written:\n%s", text, page)
		}
	}
	page := r.get("/")
	for _, bad := range []string{"<script>alert", "<img src=x", "<b>x"} {
		if strings.Contains(page, bad) {
			t.Errorf("the page has %q", bad)
		}
	}
	if status, page := r.send("/posts", url.Values{"text": {" "}, "author": {`"><script>`}}); status != http.StatusBadRequest || strings.Contains(page, `"><script>`) {
		t.Errorf("an empty post by a strange name: %d\n%s", status, page)
	}
}

func TestWhatIsNoPostIsRefusedWithAReasonAndKept(t *testing.T) {
	r := alone(t)
	for _, c := range []struct {
		form   url.Values
		status int
		why    string
	}{
		{url.Values{"text": {""}}, http.StatusBadRequest, "Not posted: the text"},
		{url.Values{"text": {strings.Repeat("x", MaxText+1)}}, http.StatusBadRequest, "Not posted: the text"},
		{url.Values{"text": {"a\x00b"}}, http.StatusBadRequest, "Not posted: the text"},
		{url.Values{"text": {"a\u202eb"}}, http.StatusBadRequest, "Not posted: the text"},
		{url.Values{"text": {"a\xffb"}}, http.StatusBadRequest, "Not posted: the text"},
		{url.Values{"text": {"x"}, "author": {strings.Repeat("x", MaxAuthor+1)}}, http.StatusBadRequest, "Not posted: the name"},
		{url.Values{"text": {"my words"}, "reply": {"a-7"}}, http.StatusConflict, "Not posted: this replica does not have"},
		{url.Values{"text": {"my words"}, "reply": {"nobody-1"}}, http.StatusConflict, "names no post"},
		{url.Values{"text": {"my words"}, "reply": {"-"}}, http.StatusConflict, "names no post"},
		{url.Values{"text": {strings.Repeat("x", maxBody)}}, http.StatusBadRequest, "cannot be read"},
	} {
		status, page := r.send("/posts", c.form)
		if status != c.status || !strings.Contains(page, c.why) {
			t.Errorf("%.60v: %d, want %d and %q\n%.2000s", c.form, status, c.status, c.why, page)
		}
		if text := c.form.Get("text"); text == "my words" && !strings.Contains(page, text) {
			t.Errorf("the text of a post that was refused is gone")
		}
	}
	if page := r.get("/"); !strings.Contains(page, "Nothing is posted yet") {
		t.Errorf("something was posted:\n%s", page)
	}
}

func TestNobodyPostsInAReadersName(t *testing.T) {
	r := alone(t)
	token := tokenField.FindStringSubmatch(r.get("/"))[1]
	for name, change := range map[string]func(*http.Request, url.Values){
		"another site":    func(q *http.Request, _ url.Values) { q.Header.Set("Sec-Fetch-Site", "cross-site") },
		"another origin":  func(q *http.Request, _ url.Values) { q.Header.Set("Origin", "http://evil.example") },
		"a rebound name":  func(q *http.Request, _ url.Values) { q.Host = "evil.example" },
		"no token":        func(_ *http.Request, f url.Values) { f.Del("token") },
		"another's token": func(_ *http.Request, f url.Values) { f.Set("token", "x"+token[1:]) },
	} {
		form := url.Values{"text": {"x"}, "token": {token}}
		q := httptest.NewRequest(http.MethodPost, r.url+"/posts", nil)
		change(q, form)
		body := httptest.NewRequest(http.MethodPost, r.url+"/posts", strings.NewReader(form.Encode()))
		body.Host, body.Header = q.Host, q.Header
		body.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		r.b.Handler().ServeHTTP(w, body)
		if w.Code < 400 || !strings.Contains(w.Body.String(), "nothing was changed") {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	if status, _ := r.send("/cuts", url.Values{}); status != http.StatusNotFound {
		t.Errorf("a replica whose page may not cut answers a cut with %d", status)
	}
}

func TestPagesGoBackInTime(t *testing.T) {
	r := alone(t)
	for i := range perPage + 3 {
		if _, err := r.b.post(t.Context(), post{Text: fmt.Sprintf("number %d.", i)}); err != nil {
			t.Fatal(err)
		}
	}
	first, second := r.get("/"), r.get("/?skip="+fmt.Sprint(perPage))
	if !strings.Contains(first, "number 52.") || strings.Contains(first, "number 2.") || !strings.Contains(second, "number 2.") {
		t.Errorf("the pages are\n%s\n%s", first, second)
	}
	if !strings.Contains(first, "Older") || strings.Contains(first, "Newer") || !strings.Contains(second, "Newer") || strings.Contains(second, "Older") {
		t.Error("the links between the pages are wrong")
	}
}

// addresses finds so many free ports.
func addresses(t *testing.T, n int) (all []string) {
	t.Helper()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		all = append(all, l.Addr().String())
	}
	return all
}

// c does not hear a. b hears a's question and answers it, and passes the question on: c shows
// it, and the answer not before.
func TestNoReplyBeforeItsPost(t *testing.T) {
	at := addresses(t, 3)
	replicas := []Replica{{"a", at[0]}, {"b", at[1]}, {"c", at[2]}}
	dirs := []string{t.TempDir(), t.TempDir(), t.TempDir()}
	var r []*reader
	for i, one := range replicas {
		r = append(r, visit(t, Options{Name: one.Name, Dir: dirs[i], Replicas: replicas, Faults: true}))
	}
	if status, page := r[0].send("/cuts", url.Values{"cut": {"c"}}); status != http.StatusOK || !strings.Contains(page, "cut off") {
		t.Fatalf("cut: %d\n%s", status, page)
	}
	r[0].post("Is it raining?", "")
	r[1].await("Is it raining?")
	r[1].post("It is.", "a-1")
	page := r[2].await("It is.")
	if at := strings.Index(page, `id="a-1"`); at < strings.Index(page, `id="b-1"`) {
		t.Errorf("the question is not below its answer:\n%s", page)
	}

	// A replica that comes back has all that it had shown, and what it missed.
	if err := r[2].b.Close(); err != nil {
		t.Fatal(err)
	}
	r[0].send("/cuts", url.Values{})
	r[0].post("And now?", "b-1")
	again := visit(t, Options{Name: "c", Dir: dirs[2], Replicas: replicas})
	if page := again.await("And now?"); !strings.Contains(page, "Is it raining?") || !strings.Contains(page, "Reply to <a href=\"#b-1\">") {
		t.Errorf("after a restart:\n%s", page)
	}
}

// Whatever another replica multicasts does no harm.
func TestNoticesOfAnotherVersionKeepTheirPlace(t *testing.T) {
	n := newNotices(2)
	for i, p := range []*post{nil, {Text: "x", ReplyTo: &ID{Replica: 9}}, {Text: "x", ReplyTo: &ID{Replica: -1}}} {
		body := []byte("garbage")
		if p != nil {
			var err error
			if body, err = wire.Marshal(p); err != nil {
				t.Fatal(err)
			}
		}
		n.Deliver(multicast.Delivery{From: 1, Number: uint64(i + 1), Body: body, Vector: vector.New(2)})
	}
	m := newNotices(2)
	if err := m.Restore(n.Snapshot()); err != nil || len(m.list) != 3 || m.seen[1] != 3 || m.list[1].Post.ReplyTo != nil {
		t.Errorf("%v: %+v", err, m)
	}
	if newNotices(3).Restore(n.Snapshot()) == nil || m.Restore([]byte("garbage")) == nil {
		t.Error("a snapshot of another board is taken")
	}
	for i := range MaxPosts + 5 {
		body, err := wire.Marshal(&post{Text: "x"})
		if err != nil {
			t.Fatal(err)
		}
		n.Deliver(multicast.Delivery{From: 0, Number: uint64(i + 1), Body: body})
	}
	if len(n.list) > MaxPosts {
		t.Errorf("%d posts are kept", len(n.list))
	}
}

func TestAReplicaHasAPlace(t *testing.T) {
	for _, o := range []Options{
		{Name: "z", Dir: t.TempDir(), Replicas: []Replica{{"a", "127.0.0.1:0"}}},
		{Name: "a", Replicas: []Replica{{"a", "127.0.0.1:0"}}},
		{Name: "a", Dir: t.TempDir(), Replicas: []Replica{{"a", "127.0.0.1:0"}, {"a", "127.0.0.1:0"}}},
		{Name: "a", Dir: t.TempDir(), Replicas: []Replica{{"a", "0.0.0.0:0"}}},
	} {
		if b, err := Open(o); err == nil {
			t.Errorf("%v opens", o)
			b.Close()
		}
	}
}
