package etcd

import (
	"crypto/tls"
	"log/slog"
	"net"
	"sync/atomic"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/serve/h2"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/stores/kv"
)

// Options says who this host is and how the door behaves. Zero values stand for
// the defaults, but for Self.
type Options struct {
	Cluster string    // name of the cluster
	Self    node.Addr // of the replica behind the door
	// Members describes the replicas that there are or may be, so that clients
	// find their way to them. It is only read.
	Members []Member

	// ReadLevel is that of reads which the client did not ask to be
	// serializable. Only Linearizable, the default, and Lease keep etcd's
	// promise.
	ReadLevel rsm.Level
	// MaxRequestBytes bounds a request; default 1.5 MiB. The replica's own
	// bound on commands must not be smaller.
	MaxRequestBytes int
	// ProgressInterval is how often an idle watch with progress_notify hears
	// of the present revision; default 10 minutes.
	ProgressInterval time.Duration

	// Scratch is the directory in which Snapshot writes the file that it sends;
	// default os.TempDir().
	Scratch string

	Logger *slog.Logger // default: discard
	// TLS is nil for connections in the clear.
	TLS *tls.Config
	// Greeting is how long a client that has connected may take for its first
	// words: the handshakes of TLS and of HTTP/2; default 10 s.
	Greeting time.Duration
}

// Member is a replica as clients see it.
type Member struct {
	Addr       node.Addr
	Name       string
	PeerURLs   []string
	ClientURLs []string
}

// Server is the door. Its methods may be called from any goroutine.
type Server struct {
	loop    Loop
	options Options
	log     *slog.Logger
	cluster uint64
	self    uint64
	grpc    *h2.Server
	health  *health.Server
	metrics *metrics

	requests  requests
	streams   streams
	snapshots chan struct{} // capacity 1: who holds the one place writes a snapshot
	stopping  chan struct{}
	stopped   atomic.Bool
	watched   chan struct{} // closed when the goroutine that looks has ended

	// Written on the loop only.
	store   *kv.Store
	steward *kv.Steward

	// What the loop saw last.
	epoch    atomic.Uint64
	leader   atomic.Uint64 // member ID, 0 for none
	revision atomic.Int64
	lost     atomic.Int64 // ticks since there was a leader
}

// overhead is what a request may have around its keys and values, in bytes.
const overhead = 512 << 10

const (
	maxStreams = 1 << 16 // calls at a time of one client connection
	window     = 1 << 20 // bytes that a client may send ahead on one stream
)

// New returns a door to the replica on that loop.
func New(loop Loop, o Options) (*Server, error) {
	o = o.withDefaults()
	s := &Server{
		loop: loop, options: o, log: o.Logger, metrics: newMetrics(),
		cluster: clusterID(o.Cluster), self: memberID(o.Self),
		snapshots: make(chan struct{}, 1),
		stopping:  make(chan struct{}), watched: make(chan struct{}),
	}
	attached := make(chan struct{})
	if err := loop.Do(func(r Replica) { s.attach(r); close(attached) }); err != nil {
		return nil, err
	}
	select {
	case <-attached:
	case <-loop.Done():
		return nil, toGRPC(rsm.ErrUnknown)
	}
	s.metrics.registry.MustRegister(stateCollector{s})
	s.grpc = s.newGRPC()
	go s.keepLooking()
	return s, nil
}

func (o Options) withDefaults() Options {
	if o.MaxRequestBytes == 0 {
		o.MaxRequestBytes = 3 << 19
	}
	if o.ProgressInterval == 0 {
		o.ProgressInterval = 10 * time.Minute
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// attach runs on the loop, before anything else does.
func (s *Server) attach(r Replica) {
	s.store = r.Machine().(*kv.Store)
	s.steward = kv.NewSteward(r, s.store, kv.StewardOptions{Member: s.self, Alarmed: func(bytes int64) {
		s.log.Warn("no space: quota is used up", "bytes", bytes)
	}})
	s.look(r)
}

func (s *Server) newGRPC() *h2.Server {
	g := h2.New(h2.Options{
		MaxRecvBytes: s.options.MaxRequestBytes + overhead,
		MaxStreams:   maxStreams,
		Window:       window,
		Greeting:     s.options.Greeting,
		TLS:          s.options.TLS,
		Unary:        s.checkUnary,
		Stream:       s.checkStream,
	})
	g.Direct(pb.KV_Range_FullMethodName, s.directRange)
	g.Direct(pb.KV_Put_FullMethodName, s.directPut)
	pb.RegisterKVServer(g, &kvServer{Server: s})
	pb.RegisterWatchServer(g, &watchServer{Server: s})
	pb.RegisterLeaseServer(g, &leaseServer{Server: s})
	pb.RegisterClusterServer(g, &clusterServer{Server: s})
	pb.RegisterMaintenanceServer(g, &maintenanceServer{Server: s})
	pb.RegisterAuthServer(g, &authServer{Server: s})
	s.health = health.NewServer()
	healthpb.RegisterHealthServer(g, s.health)
	return g
}

// Serve accepts clients from l until Stop, and then returns nil.
func (s *Server) Serve(l net.Listener) error { return s.grpc.Serve(l) }

// Stop cuts all clients off and returns when nothing of the door runs any more.
func (s *Server) Stop() {
	if s.stopped.Swap(true) {
		<-s.watched
		return
	}
	close(s.stopping)
	s.health.Shutdown()
	s.grpc.Stop()
	<-s.watched
}
