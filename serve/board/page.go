package board

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/parleysystems/parley/internal/look"
	"github.com/parleysystems/parley/systems/order/multicast"
)

//go:embed static
var static embed.FS

//go:embed page.html
var pageText string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"when": func(t time.Time) string { return t.Local().Format("2 Jan 15:04:05") },
}).Parse(pageText))

// patience bounds how long a browser waits for a replica's disk.
const patience = 10 * time.Second

// maxBody bounds a form in bytes: a text of which every byte is escaped as three.
const maxBody = 4 * MaxText

// Handler serves the board's page to browsers.
func (b *Board) Handler() http.Handler {
	files, err := fs.Sub(static, "static")
	if err != nil {
		panic(err) // a constant path that is in the embedding
	}
	mux := http.NewServeMux()
	look.Mount(mux)
	mux.Handle("GET /static/", http.StripPrefix("/static/", look.Static(files)))
	mux.HandleFunc("GET /{$}", b.showPage)
	mux.HandleFunc("POST /posts", b.takePost)
	if b.o.Faults {
		mux.HandleFunc("POST /cuts", b.takeCuts)
	}
	return b.guard(mux)
}

func (b *Board) showPage(w http.ResponseWriter, r *http.Request) {
	skip, err := strconv.Atoi(r.FormValue("skip"))
	if err != nil || skip < 0 {
		skip = 0
	}
	b.answer(w, r, http.StatusOK, skip, r.FormValue("reply"), func(v *view) {
		if c, err := r.Cookie(authorCookie); err == nil {
			v.Author, _ = url.QueryUnescape(c.Value) // a broken cookie is no name
		}
	})
}

// authorCookie keeps a writer's name for the next post.
const authorCookie = "board-author"

func (b *Board) takePost(w http.ResponseWriter, r *http.Request) {
	p := post{Author: r.PostFormValue("author"), Text: r.PostFormValue("text")}
	id, err := ID{}, error(nil)
	reply := r.PostFormValue("reply")
	if reply != "" {
		id, err = b.parse(reply)
		p.ReplyTo = &id
	}
	if err == nil {
		ctx, cancel := context.WithTimeout(r.Context(), patience)
		defer cancel()
		id, err = b.post(ctx, p)
	}
	if err != nil {
		b.answer(w, r, statusOf(err), 0, reply, func(v *view) {
			v.Author, v.Text, v.Trouble = p.Author, p.Text, trouble(err)
		})
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: authorCookie, Value: url.QueryEscape(p.Author), Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode, MaxAge: 365 * 24 * 3600,
	})
	http.Redirect(w, r, "/#"+b.name(id), http.StatusSeeOther)
}

// refusals are the reasons for which nothing was posted.
var refusals = []struct {
	err    error
	status int
}{
	{ErrText, http.StatusBadRequest}, {ErrAuthor, http.StatusBadRequest}, {ErrReply, http.StatusConflict},
	{multicast.ErrFull, http.StatusServiceUnavailable},
}

func statusOf(err error) int {
	for _, r := range refusals {
		if errors.Is(err, r.err) {
			return r.status
		}
	}
	return http.StatusInternalServerError
}

func trouble(err error) string {
	if statusOf(err) != http.StatusInternalServerError {
		return "Not posted: " + err.Error() + "."
	}
	return "It is not known whether this was posted: " + err.Error() + "."
}

func (b *Board) takeCuts(w http.ResponseWriter, r *http.Request) {
	if err := b.cut(r.PostForm["cut"]); err != nil {
		b.answer(w, r, http.StatusBadRequest, 0, "", func(v *view) { v.Trouble = "Nothing was cut: " + err.Error() + "." })
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// answer sends the page as the replica sees it now.
func (b *Board) answer(w http.ResponseWriter, r *http.Request, status, skip int, reply string, change func(*view)) {
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	v, err := b.look(ctx, skip, reply)
	if err != nil {
		look.Headers(w, "text/plain; charset=utf-8")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte("the board cannot be read: " + err.Error() + "\n")) // who has gone needs no answer
		return
	}
	change(v)
	var page bytes.Buffer
	if err := pageTemplate.Execute(&page, v); err != nil {
		panic("board: the page: " + err.Error()) // a template of ours, executed to memory
	}
	look.Headers(w, "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(page.Bytes()) // who has gone needs no answer
}
