package page

import (
	"context"
	_ "embed"
	"encoding/json"
	"html/template"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/parleysystems/parley/serve/host"
)

// Source returns the status of every host, in an order that does not change.
type Source func(context.Context) []host.Status

//go:embed page.html
var text string

var page = template.Must(template.New("page").Parse(text))

// Handler returns the handler of all paths. more are metrics besides those of
// the hosts' statuses and of this process.
func Handler(title string, hosts Source, more ...prometheus.Gatherer) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(newCollector(hosts), collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	metrics := promhttp.HandlerFor(append(prometheus.Gatherers{registry}, more...), promhttp.HandlerOpts{})

	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		header(w, "text/html; charset=utf-8")
		_ = page.Execute(w, title) // the client has gone: nobody is left to tell
	})
	mux.HandleFunc("GET /status.json", func(w http.ResponseWriter, r *http.Request) {
		header(w, "application/json")
		_ = json.NewEncoder(w).Encode(hosts(r.Context()))
	})
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, r *http.Request) { health(w, hosts(r.Context())) })
	mux.Handle("GET /metrics", metrics)
	return mux
}

// header keeps the page from being framed, guessed at, or kept.
func header(w http.ResponseWriter, contentType string) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'self'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; frame-ancestors 'none'")
}

// health answers in the form that etcd's /health has.
func health(w http.ResponseWriter, hosts []host.Status) {
	header(w, "application/json")
	type answer struct {
		Health string `json:"health"`
		Reason string `json:"reason"`
	}
	reason := "no host runs"
	for _, s := range hosts {
		switch {
		case s.Serving():
			_ = json.NewEncoder(w).Encode(answer{"true", ""})
			return
		case s.Failure != "":
			reason = "host " + s.Name + ": " + s.Failure
		default:
			reason = "host " + s.Name + " knows no leader"
		}
	}
	w.WriteHeader(http.StatusServiceUnavailable)
	_ = json.NewEncoder(w).Encode(answer{"false", reason})
}

// Server returns a server with bounds on what a client may hold up.
func Server(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
	}
}
