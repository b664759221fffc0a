package console

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"time"

	"github.com/parleysystems/parley/internal/look"
	"github.com/parleysystems/parley/lab/console/player"
)

//go:embed static
var static embed.FS

// Asker answers a page's requests, as player.Player does.
type Asker interface {
	Ask(ctx context.Context, request []byte) (answer []byte, kind string, err error)
}

// Config says what a console offers.
type Config struct {
	// Without returns who makes runs with the rule of an item taken out, or an
	// error that says what is missing for that. Nil offers none.
	Without func(ctx context.Context, item string) (Asker, error)
	// Progress says what Without waits for, "" for nothing. Nil if it never waits.
	Progress func() string
	// Sections are what the navigation offers; the console's own if nil.
	Sections []look.Section
	// Note stands at the end of the navigation.
	Note string
	// Recordings are traces in JSON lines that can be looked at, by name.
	Recordings map[string]io.Reader
	// Sources is the checkout whose lines the ledger shows; nil for none.
	Sources fs.FS
}

// own are the sections of the console itself.
var own = []look.Section{look.Experiments, look.History, look.Canon}

// New returns a handler of everything below experiments/, history/ and canon/,
// or an error if a recording cannot be read. It belongs behind a look.Guard.
func New(c Config) (http.Handler, error) {
	s := &server{Config: c, player: player.New()}
	for name, from := range c.Recordings {
		if err := s.player.Open(name, from); err != nil {
			return nil, err
		}
	}
	mux := http.NewServeMux()
	for _, p := range c.pages() {
		mux.Handle("GET /"+p.Here.Path+"{$}", p.Handler())
	}
	files := must(fs.Sub(static, "static"))
	mux.Handle("GET /experiments/static/", http.StripPrefix("/experiments/static/", look.Static(files)))
	mux.HandleFunc("GET /experiments/mode.json", s.mode)
	mux.HandleFunc("GET /experiments/progress.json", s.progress)
	mux.HandleFunc("GET /canon/ledger.json", s.ledger)
	mux.HandleFunc("POST /experiments/ask", s.ask)
	mux.HandleFunc("POST /experiments/open", s.open)
	return mux, nil
}

// pages returns the three pages.
func (c Config) pages() []look.Page {
	sections := c.Sections
	if sections == nil {
		sections = own
	}
	var all []look.Page
	for _, section := range own {
		all = append(all, look.Page{
			Title: section.Name, Here: section, Sections: sections, Root: "../", Note: c.Note,
			Modules: []string{"experiments/static/" + section.Path[:len(section.Path)-1] + ".js"},
			Styles:  []string{"experiments/static/console.css"},
		})
	}
	return all
}

type server struct {
	Config
	player *player.Player
}

// mode tells a page who makes its runs.
type mode struct {
	Simulator string         `json:"simulator"`       // "server", or "page" for WebAssembly
	Without   bool           `json:"without"`         // rules can be taken out
	Marked    []string       `json:"marked"`          // the items that have a rule
	Rules     map[string]int `json:"rules,omitempty"` // in the page: the switch of each item's rule
}

func (s *server) mode(w http.ResponseWriter, _ *http.Request) {
	items, err := marked()
	if err != nil {
		fail(w, err)
		return
	}
	answerJSON(w, mode{Simulator: "server", Without: s.Without != nil, Marked: items})
}

func (s *server) progress(w http.ResponseWriter, _ *http.Request) {
	said := ""
	if s.Progress != nil {
		said = s.Progress()
	}
	answerJSON(w, said)
}

func (s *server) ledger(w http.ResponseWriter, _ *http.Request) {
	chapters, err := ledger(s.Sources)
	if err != nil {
		fail(w, err)
		return
	}
	answerJSON(w, chapters)
}

// maxRequest bounds a request; the longest part of one is a fault plan.
const maxRequest = 1 << 20

func (s *server) ask(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	if err != nil {
		fail(w, fmt.Errorf("%w: %w", player.ErrRequest, err))
		return
	}
	var by Asker = s.player
	if item := r.URL.Query().Get("without"); item != "" {
		if by, err = s.without(r.Context(), item); err != nil {
			fail(w, err)
			return
		}
	}
	// A run takes longer than a server gives ordinary answers; one that cannot be
	// told so keeps its own limit.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(player.Limit + time.Minute))
	answer, kind, err := by.Ask(r.Context(), text)
	if err != nil {
		fail(w, err)
		return
	}
	look.Headers(w, kind)
	_, _ = w.Write(answer) // who asked may be gone
}

// maxRecording bounds a recording that a page sends.
const maxRecording = 512 << 20

// open takes a recording as the body of the request.
func (s *server) open(w http.ResponseWriter, r *http.Request) {
	controller := http.NewResponseController(w)
	_ = controller.SetReadDeadline(time.Now().Add(player.Limit)) // as above
	_ = controller.SetWriteDeadline(time.Now().Add(player.Limit + time.Minute))
	if err := s.player.Open(r.URL.Query().Get("name"), http.MaxBytesReader(w, r.Body, maxRecording)); err != nil {
		fail(w, fmt.Errorf("%w: %w", player.ErrRequest, err))
		return
	}
	answerJSON(w, s.player.Recordings())
}

func (s *server) without(ctx context.Context, item string) (Asker, error) {
	if s.Without == nil {
		return nil, fmt.Errorf("%w: this program cannot take rules out; parley explore can, in a checkout with Go", player.ErrRequest)
	}
	return s.Without(ctx, item)
}

// fail tells the page what went wrong, as text.
func fail(w http.ResponseWriter, err error) {
	status := http.StatusInternalServerError
	if errors.Is(err, player.ErrRequest) {
		status = http.StatusBadRequest
	}
	look.Headers(w, "text/plain; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprintln(w, err)
}

func answerJSON(w http.ResponseWriter, v any) {
	look.Headers(w, "application/json")
	_ = json.NewEncoder(w).Encode(v) // who asked may be gone
}

// must is for what is in the binary.
func must[T any](v T, err error) T {
	if err != nil {
		panic(fmt.Sprintf("console: %v", err))
	}
	return v
}
