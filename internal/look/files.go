package look

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed static
var static embed.FS

// Files are the files below look/.
func Files() fs.FS {
	files, err := fs.Sub(static, "static")
	if err != nil {
		panic(err) // a constant path that is in the embedding
	}
	return files
}

// Mount serves Files below /look/.
func Mount(mux *http.ServeMux) {
	mux.Handle("GET /look/", http.StripPrefix("/look/", Static(Files())))
}

// Static serves files that do not change while the program runs. They are read
// at once; each has an ETag, so that a browser asks whether it has the right one
// and never shows yesterday's program. What is no file is not found: directories
// are not listed.
func Static(files fs.FS) http.Handler {
	all := map[string]*file{}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, name)
		all[name] = newFile(name, text)
		return err
	})
	if err != nil {
		panic(fmt.Sprintf("look: read embedded files: %v", err)) // they are in the binary
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f := all[strings.TrimPrefix(r.URL.Path, "/")]; f != nil {
			f.serve(w, r)
			return
		}
		http.NotFound(w, r)
	})
}

// file is a file in memory.
type file struct {
	name, mime, tag string
	text            []byte
}

func newFile(name string, text []byte) *file {
	sum := sha256.Sum256(text)
	kind := kinds[path.Ext(name)]
	if kind == "" {
		kind = mime.TypeByExtension(path.Ext(name))
	}
	if kind == "" {
		kind = "text/plain; charset=utf-8"
	}
	return &file{name, kind, `"` + hex.EncodeToString(sum[:12]) + `"`, text}
}

// kinds do not depend on what a machine's own tables say.
var kinds = map[string]string{
	".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
	".svg": "image/svg+xml", ".json": "application/json", ".wasm": "application/wasm", ".png": "image/png",
}

func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	Headers(w, f.mime)
	w.Header().Set("Cache-Control", "no-cache") // keep it, but ask first
	w.Header().Set("ETag", f.tag)
	http.ServeContent(w, r, f.name, time.Time{}, bytes.NewReader(f.text))
}
