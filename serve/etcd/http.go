package etcd

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.etcd.io/etcd/api/v3/version"

	"github.com/parleysystems/parley/systems/stores/kv"
)

// healthTimeout is how long a health check waits for a linearizable read.
const healthTimeout = 5 * time.Second

// HTTP serves /metrics, /health (200 if a linearizable read succeeds and there is
// no alarm, else 503; with ?serializable=true only of this host), /livez, /readyz and /version.
func (s *Server) HTTP() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /health", s.serveHealth)
	mux.HandleFunc("GET /readyz", s.serveHealth)
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) {
		select {
		case <-s.loop.Done():
			respond(w, http.StatusServiceUnavailable, map[string]string{"health": "false", "reason": "stopped"})
		default:
			respond(w, http.StatusOK, map[string]string{"health": "true", "reason": ""})
		}
	})
	mux.HandleFunc("GET /version", func(w http.ResponseWriter, _ *http.Request) {
		respond(w, http.StatusOK, map[string]string{
			"etcdserver": Version, "etcdcluster": version.Version, "storage": version.Version,
		})
	})
	return mux
}

// Metrics returns what /metrics serves, for who serves several doors at once.
func (s *Server) Metrics() prometheus.Gatherer { return s.metrics.registry }

func (s *Server) serveHealth(w http.ResponseWriter, q *http.Request) {
	ctx, cancel := context.WithTimeout(q.Context(), healthTimeout)
	defer cancel()
	reply, err := s.query(ctx, s.level(q.URL.Query().Get("serializable") == "true"), kv.ListAlarms{})
	switch {
	case err != nil:
		respond(w, http.StatusServiceUnavailable, map[string]string{"health": "false", "reason": err.Error()})
	case len(reply.([]kv.Alarm)) > 0:
		respond(w, http.StatusServiceUnavailable, map[string]string{"health": "false", "reason": "ALARM " + alarms(reply.([]kv.Alarm))[0].String()})
	default:
		respond(w, http.StatusOK, map[string]string{"health": "true", "reason": ""})
	}
}

func respond(w http.ResponseWriter, code int, body map[string]string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	json.NewEncoder(w).Encode(body)
}
