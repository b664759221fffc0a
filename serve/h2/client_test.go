package h2_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/protobuf/proto"

	"github.com/parleysystems/parley/serve/h2"
)

const (
	check = "/grpc.health.v1.Health/Check"
	watch = "/grpc.health.v1.Health/Watch"
)

// serve runs a server with gRPC's health service until the test ends.
func serve(t testing.TB, o h2.Options, prepare ...func(*h2.Server)) (*h2.Server, string) {
	t.Helper()
	s := h2.New(o)
	for _, p := range prepare {
		p(s)
	}
	healthpb.RegisterHealthServer(s, health.NewServer())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	t.Cleanup(func() {
		s.Stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return s, l.Addr().String()
}

// raw is a client that says what no library would.
type raw struct {
	t testing.TB
	net.Conn
	*http2.Framer
	block   bytes.Buffer
	encoder *hpack.Encoder
}

// dial connects and shakes hands.
func dial(t testing.TB, address string, settings ...http2.Setting) *raw {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second)) // a server that hangs fails the test
	r := &raw{t: t, Conn: conn, Framer: http2.NewFramer(conn, conn)}
	r.encoder = hpack.NewEncoder(&r.block)
	r.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	if _, err := io.WriteString(conn, http2.ClientPreface); err != nil {
		t.Fatal(err)
	}
	r.must(r.WriteSettings(settings...))
	return r
}

func (r *raw) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// fields encodes a header block.
func (r *raw) fields(pairs ...string) []byte {
	r.block.Reset()
	for i := 0; i < len(pairs); i += 2 {
		r.must(r.encoder.WriteField(hpack.HeaderField{Name: pairs[i], Value: pairs[i+1]}))
	}
	return bytes.Clone(r.block.Bytes())
}

func (r *raw) request(path string, more ...string) []byte {
	return r.fields(append([]string{
		":method", "POST", ":scheme", "http", ":path", path, ":authority", "test",
		"content-type", "application/grpc", "te", "trailers",
	}, more...)...)
}

// open begins a call and leaves the client's side open.
func (r *raw) open(id uint32, path string, more ...string) {
	r.t.Helper()
	r.must(r.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: r.request(path, more...), EndHeaders: true}))
}

// call makes a whole unary call.
func (r *raw) call(id uint32, path string, m proto.Message, more ...string) {
	r.t.Helper()
	r.open(id, path, more...)
	r.must(r.WriteData(id, true, message(r.t, m)))
}

func message(t testing.TB, m proto.Message) []byte {
	b, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return append([]byte{0, byte(len(b) >> 24), byte(len(b) >> 16), byte(len(b) >> 8), byte(len(b))}, b...)
}

// await reads frames until one satisfies want, and returns it. A server that closes
// the connection first ends the test.
func await[F http2.Frame](r *raw, want func(F) bool) F {
	r.t.Helper()
	for {
		f, err := r.ReadFrame()
		if err != nil {
			var none F
			r.t.Fatalf("waiting for %T: %v", none, err)
		}
		if f, is := f.(F); is && want(f) {
			return f
		}
	}
}

// status awaits the end of a call and returns its grpc-status.
func (r *raw) status(id uint32) string {
	r.t.Helper()
	f := await(r, func(f *http2.MetaHeadersFrame) bool { return f.StreamID == id && f.StreamEnded() })
	for _, field := range f.Fields {
		if field.Name == "grpc-status" {
			return field.Value
		}
	}
	return ""
}

// reset awaits the end of a stream that gets no answer.
func (r *raw) reset(id uint32) http2.ErrCode {
	r.t.Helper()
	return await(r, func(f *http2.RSTStreamFrame) bool { return f.StreamID == id }).ErrCode
}

// closed awaits the end of the connection, and returns what the server said last.
func (r *raw) closed() http2.ErrCode {
	r.t.Helper()
	code := http2.ErrCode(1 << 31)
	for {
		f, err := r.ReadFrame()
		if errors.Is(err, io.EOF) {
			return code
		}
		if err != nil {
			var timeout net.Error
			if errors.As(err, &timeout) && timeout.Timeout() {
				r.t.Fatal("the server keeps the connection")
			}
			return code // reset by the peer: it did not wait for what we sent since
		}
		if g, is := f.(*http2.GoAwayFrame); is {
			code = g.ErrCode
		}
	}
}
