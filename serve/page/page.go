package page

import (
	"context"
	"embed"
	"encoding/json"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/parleysystems/parley/internal/look"
	"github.com/parleysystems/parley/serve/host"
	"github.com/parleysystems/parley/serve/probe"
)

// Source returns the status of every host, in an order that does not change.
type Source func(context.Context) []host.Status

//go:embed static
var static embed.FS

// Page says what to serve.
type Page struct {
	Title string
	Hosts Source
	// Sections are what the navigation offers besides; none shows no navigation.
	Sections []look.Section
	// Control, if set, is what the buttons do. Whoever serves the page sees to it
	// that nobody else can (look.Guard).
	Control Control
	// Probe, if set, shows what clients see.
	Probe *probe.Probe
	// Doors are the metrics of the doors of hosts in this process, by host.
	Doors map[string]prometheus.Gatherer
	// Health stands in for the page's own /health if it is set.
	Health http.Handler
}

// Handler returns the handler of all paths.
func (p Page) Handler() http.Handler {
	mux := http.NewServeMux()
	p.Mount(mux)
	return mux
}

// Mount is Handler for who serves other pages beside this one.
func (p Page) Mount(mux *http.ServeMux) {
	look.Mount(mux)
	here := look.Page{
		Title: p.Title, Note: p.Title, Here: look.Cluster, Sections: p.Sections,
		Modules: []string{"cluster/static/cluster.js"},
		Styles:  []string{"look/vendor/uplot.css", "cluster/static/cluster.css"},
	}
	mux.Handle("GET /{$}", here.Handler())
	mux.Handle("GET /cluster/static/", http.StripPrefix("/cluster/", look.Static(static)))
	p.state(mux)
	p.control(mux)
	p.monitoring(mux)
}

// monitoring serves what programs ask for.
func (p Page) monitoring(mux *http.ServeMux) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(newCollector(p.Hosts), collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	all := prometheus.Gatherers{registry, byHost(p.Doors)}
	mux.Handle("GET /metrics", promhttp.HandlerFor(all, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /status.json", func(w http.ResponseWriter, r *http.Request) {
		look.Headers(w, "application/json")
		_ = json.NewEncoder(w).Encode(p.Hosts(r.Context())) // the client has gone: nobody is left to tell
	})
	if p.Health == nil {
		p.Health = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { health(w, p.Hosts(r.Context())) })
	}
	mux.Handle("GET /health", p.Health)
}

// health answers in the form that etcd's /health has.
func health(w http.ResponseWriter, hosts []host.Status) {
	look.Headers(w, "application/json")
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
