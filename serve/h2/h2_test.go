package h2_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"

	"github.com/parleysystems/parley/serve/h2"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// client is google.golang.org/grpc's. What it demands of a server at large is
// tested with gRPC's own interoperability tests, in interop/h2.
func client(t testing.TB, address string, with credentials.TransportCredentials) healthpb.HealthClient {
	t.Helper()
	cc, err := grpc.NewClient(address, grpc.WithTransportCredentials(with))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cc.Close() })
	return healthpb.NewHealthClient(cc)
}

func TestDirectCallsAreAnsweredByWhoeverHasTheAnswer(t *testing.T) {
	calls := make(chan h2.Call, 100)
	_, address := serve(t, h2.Options{}, func(s *h2.Server) {
		s.Direct(check, func(c h2.Call) {
			in := new(healthpb.HealthCheckRequest)
			if err := c.Request(in); err != nil || in.Service != "s" {
				c.Fail(status.Errorf(codes.InvalidArgument, "%v, %v", in, err))
				return
			}
			calls <- c
		})
	})
	answering := make(chan struct{})
	go func() { // ten at a time, the last one first, every other with an error
		defer close(answering)
		for range 10 {
			var some []h2.Call
			for range 10 {
				some = append(some, <-calls)
			}
			for i := len(some) - 1; i >= 0; i-- {
				if i%2 == 0 {
					some[i].Reply(&healthpb.HealthCheckResponse{Status: 1})
				} else {
					some[i].Fail(status.Error(codes.Aborted, "100 % <no>\n"))
				}
			}
		}
	}()
	c := client(t, address, insecure.NewCredentials())
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			_, err := c.Check(ctx, &healthpb.HealthCheckRequest{Service: "s"})
			if s := status.Convert(err); err != nil && (s.Code() != codes.Aborted || s.Message() != "100 % <no>\n") {
				t.Error(err)
			}
		})
	}
	all.Wait()
	<-answering
}

// An answer that comes when nobody waits any more is dropped.
func TestACallThatItsClientGaveUpMayBeAnswered(t *testing.T) {
	calls := make(chan h2.Call, 1)
	_, address := serve(t, h2.Options{MaxStreams: 1}, func(s *h2.Server) {
		s.Direct(check, func(c h2.Call) { calls <- c })
	})
	r := dial(t, address)
	r.call(1, check, &healthpb.HealthCheckRequest{})
	late := <-calls
	r.must(r.WriteRSTStream(1, 8))
	r.call(3, check, &healthpb.HealthCheckRequest{}) // is refused: the first still costs something
	if code := r.reset(3); code != 7 {
		t.Errorf("the second call: %v", code)
	}
	late.Reply(&healthpb.HealthCheckResponse{})
	r.call(5, check, &healthpb.HealthCheckRequest{})
	(<-calls).Reply(&healthpb.HealthCheckResponse{})
	if s := r.status(5); s != "0" {
		t.Errorf("the third call: status %q", s)
	}
}

func TestADeadlineEndsAHandlersContext(t *testing.T) {
	_, address := serve(t, h2.Options{})
	r := dial(t, address)
	r.open(1, watch, "grpc-timeout", "30m")
	r.must(r.WriteData(1, true, message(t, &healthpb.HealthCheckRequest{})))
	// The health service ends a watch whose context has ended, as cancelled.
	if s := r.status(1); s != "1" {
		t.Errorf("a watch whose time is up: status %q", s)
	}
}

func TestStopEndsStreams(t *testing.T) {
	s, address := serve(t, h2.Options{})
	w, err := client(t, address, insecure.NewCredentials()).Watch(t.Context(), &healthpb.HealthCheckRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Recv(); err != nil {
		t.Fatal(err)
	}
	s.Stop()
	if _, err := w.Recv(); status.Code(err) != codes.Unavailable {
		t.Errorf("after Stop a stream ends with %v", err)
	}
}

func TestTLSSaysWhoTheClientIs(t *testing.T) {
	var secure bool
	cert := certificate(t)
	_, address := serve(t, h2.Options{
		TLS: &tls.Config{Certificates: []tls.Certificate{cert}},
		Unary: func(ctx context.Context, in any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
			p, _ := peer.FromContext(ctx)
			info, is := p.AuthInfo.(credentials.TLSInfo)
			secure = is && info.State.NegotiatedProtocol == "h2"
			return next(ctx, in)
		},
	})
	pool := x509.NewCertPool()
	pool.AddCert(cert.Leaf)
	c := client(t, address, credentials.NewTLS(&tls.Config{RootCAs: pool, ServerName: "127.0.0.1"}))
	if _, err := c.Check(t.Context(), &healthpb.HealthCheckRequest{}); err != nil {
		t.Fatal(err)
	}
	if !secure {
		t.Error("the handler does not see the client's TLS")
	}
	conn, err := tls.Dial("tcp", address, &tls.Config{RootCAs: pool, NextProtos: []string{"http/1.1"}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if n, err := conn.Read(make([]byte, 1)); n > 0 || isTimeout(err) {
		t.Error("a client that does not speak HTTP/2 was taken")
	}
}

func certificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	of := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, of, of, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}
