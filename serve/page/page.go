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

// Page says what to serve.
type Page struct {
	Title string
	Hosts Source
	// Doors are the metrics of the doors of hosts in this process, by host.
	Doors map[string]prometheus.Gatherer
	// Health stands in for the page's own /health if it is set.
	Health http.Handler
}

// Handler returns the handler of all paths.
func (p Page) Handler() http.Handler {
	hosts := p.Hosts
	registry := prometheus.NewRegistry()
	registry.MustRegister(newCollector(hosts), collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	all := prometheus.Gatherers{registry, byHost(p.Doors)}

	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		header(w, "text/html; charset=utf-8")
		_ = page.Execute(w, p.Title) // the client has gone: nobody is left to tell
	})
	mux.HandleFunc("GET /status.json", func(w http.ResponseWriter, r *http.Request) {
		header(w, "application/json")
		_ = json.NewEncoder(w).Encode(hosts(r.Context()))
	})
	if p.Health == nil {
		p.Health = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { health(w, hosts(r.Context())) })
	}
	mux.Handle("GET /health", p.Health)
	mux.Handle("GET /metrics", promhttp.HandlerFor(all, promhttp.HandlerOpts{}))
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
