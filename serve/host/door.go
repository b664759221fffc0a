package host

import (
	"crypto/tls"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/serve/etcd"
)

// door is the etcd server in front of the replica, and its one listener.
type door struct {
	server   *etcd.Server
	listener *tracked
	ended    chan struct{}
}

// openDoor waits until the replica has read back its state.
func openDoor(c Config, kernel *live.Host) (*door, error) {
	options := etcd.Options{
		Cluster: c.Cluster, Self: node.Join(c.Name, Service), Members: c.described(), Logger: c.Logger, Scratch: c.Dir,
	}
	if c.Credentials != nil {
		options.TLS = ServerTLS(c.Credentials)
	}
	server, err := etcd.New(etcd.Hosted(kernel, Service), options)
	if err != nil {
		return nil, err
	}
	d := &door{server, track(c.Client), make(chan struct{})}
	go func() {
		defer close(d.ended)
		_ = server.Serve(d.listener) // nil after Stop; a listener does not fail otherwise
	}()
	return d, nil
}

// close may be called more than once.
func (d *door) close() {
	d.listener.cut()
	d.server.Stop()
	<-d.ended
}

// HTTP serves the door's own /health, /metrics and the like.
func (h *Host) HTTP() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if d := h.door.Load(); d != nil {
			d.server.HTTP().ServeHTTP(w, q)
			return
		}
		http.Error(w, `{"health":"false","reason":"the host has not started yet"}`, http.StatusServiceUnavailable)
	})
}

// Metrics returns the door's metrics.
func (h *Host) Metrics() prometheus.Gatherer {
	return prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
		if d := h.door.Load(); d != nil {
			return d.server.Metrics().Gather()
		}
		return nil, nil
	})
}

// described tells clients how to reach each member.
func (c *Config) described() (all []etcd.Member) {
	scheme := "http://"
	if c.Credentials != nil {
		scheme = "https://"
	}
	for _, m := range c.Members {
		all = append(all, etcd.Member{
			Addr: node.Join(m.Name, Service), Name: m.Name,
			PeerURLs: []string{scheme + m.Peer}, ClientURLs: []string{scheme + m.Client},
		})
	}
	return all
}

// ServerTLS returns the configuration of a server whose clients must have a
// certificate of the cluster's authority.
func ServerTLS(c *live.Credentials) *tls.Config {
	return &tls.Config{
		MinVersion:   tls.VersionTLS12, // what clients of older Go versions speak
		Certificates: []tls.Certificate{c.Certificate},
		ClientAuth:   tls.RequireAndVerifyClientCert,
		ClientCAs:    c.Authority,
	}
}
