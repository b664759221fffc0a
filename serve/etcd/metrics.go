package etcd

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/stores/kv"
)

// metrics go by etcd's names where they mean the same, so that dashboards fit.
type metrics struct {
	registry *prometheus.Registry
	handled  *prometheus.CounterVec
	latency  *prometheus.HistogramVec
	watches  prometheus.Gauge
	events   prometheus.Counter
	methods  sync.Map // by full name, *method
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		handled: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "grpc_server_handled_total", Help: "Calls that were answered, by outcome.",
		}, []string{"grpc_service", "grpc_method", "grpc_code"}),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "grpc_server_handling_seconds", Help: "Time from a call to its answer.",
			Buckets: prometheus.ExponentialBuckets(0.0001, 2, 16),
		}, []string{"grpc_service", "grpc_method"}),
		watches: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "etcd_debugging_mvcc_watcher_total", Help: "Watches that are open.",
		}),
		events: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "etcd_debugging_mvcc_events_total", Help: "Events handed to watch streams.",
		}),
	}
	m.registry.MustRegister(m.handled, m.latency, m.watches, m.events,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// method is the metrics of one, looked up once.
type method struct {
	service, name string
	ok            prometheus.Counter
	latency       prometheus.Observer
}

func (m *metrics) observe(fullMethod string, begin time.Time, err error) {
	known, ok := m.methods.Load(fullMethod)
	if !ok {
		known, _ = m.methods.LoadOrStore(fullMethod, m.newMethod(fullMethod))
	}
	of := known.(*method)
	of.latency.Observe(time.Since(begin).Seconds())
	if err == nil {
		of.ok.Inc()
		return
	}
	m.handled.WithLabelValues(of.service, of.name, status.Code(err).String()).Inc()
}

// newMethod is called with the methods that are served, so there are not many.
func (m *metrics) newMethod(fullMethod string) *method {
	service, name, _ := strings.Cut(strings.TrimPrefix(fullMethod, "/"), "/")
	return &method{
		service: service, name: name,
		ok:      m.handled.WithLabelValues(service, name, codes.OK.String()),
		latency: m.latency.WithLabelValues(service, name),
	}
}

// stateCollector asks the replica when somebody wants to know.
type stateCollector struct{ *Server }

var (
	hasLeader   = prometheus.NewDesc("etcd_server_has_leader", "1 if a leader is known.", nil, nil)
	isLeader    = prometheus.NewDesc("etcd_server_is_leader", "1 if this host leads.", nil, nil)
	committed   = prometheus.NewDesc("etcd_server_proposals_committed_total", "Index of the last command that is decided.", nil, nil)
	applied     = prometheus.NewDesc("etcd_server_proposals_applied_total", "Index of the last command executed here.", nil, nil)
	dbSize      = prometheus.NewDesc("etcd_mvcc_db_total_size_in_bytes", "Bytes of all versions.", nil, nil)
	quota       = prometheus.NewDesc("etcd_server_quota_backend_bytes", "Quota for them.", nil, nil)
	keys        = prometheus.NewDesc("etcd_debugging_mvcc_keys_total", "Keys that exist.", nil, nil)
	current     = prometheus.NewDesc("etcd_debugging_mvcc_current_revision", "Revision of the store.", nil, nil)
	compacted   = prometheus.NewDesc("etcd_debugging_mvcc_compact_revision", "Revision before which reads are refused.", nil, nil)
	leasesCount = prometheus.NewDesc("parley_kv_leases", "Leases that exist.", nil, nil)
)

// Describe implements prometheus.Collector.
func (c stateCollector) Describe(out chan<- *prometheus.Desc) {
	prometheus.DescribeByCollect(c, out)
}

// Collect implements prometheus.Collector.
func (c stateCollector) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	var replica rsm.Status
	reply, err := c.query(ctx, rsm.Serializable, func(r Replica) any {
		replica = r.Status()
		return r.Query(kv.GetStatus{})
	})
	gauge := func(d *prometheus.Desc, v float64) { out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v) }
	leader := c.leader.Load()
	gauge(hasLeader, truth(leader != 0))
	gauge(isLeader, truth(leader == c.self))
	if err != nil {
		return
	}
	store := reply.(*kv.Status)
	gauge(committed, float64(replica.Committed))
	gauge(applied, float64(replica.Applied))
	gauge(dbSize, float64(store.Bytes))
	gauge(quota, float64(store.Quota))
	gauge(keys, float64(store.Keys))
	gauge(current, float64(store.Revision))
	gauge(compacted, float64(store.CompactRevision))
	gauge(leasesCount, float64(store.Leases))
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
