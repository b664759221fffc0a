package h2_test

import (
	"bytes"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/parleysystems/parley/serve/h2"
)

func TestABadClientLosesItsConnectionAndHearsWhy(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(*raw)
		want http2.ErrCode
	}{
		"a window over 2^31-1": {func(r *raw) {
			r.must(r.WriteWindowUpdate(0, 1<<31-1))
		}, http2.ErrCodeFlowControl},
		"an endless header": {func(r *raw) {
			r.must(r.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: r.request(check)}))
			for range 1000 {
				if r.WriteContinuation(1, false, nil) != nil {
					return
				}
			}
		}, http2.ErrCodeEnhanceYourCalm},
		"pings without end": {func(r *raw) {
			for range 4 {
				if r.WritePing(false, [8]byte{}) != nil {
					return
				}
			}
		}, http2.ErrCodeEnhanceYourCalm},
		"a broken header block": {func(r *raw) {
			r.must(r.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, EndHeaders: true}))
		}, http2.ErrCodeCompression},
		"data on a stream that was never opened": {func(r *raw) {
			r.must(r.WriteData(7, true, nil))
		}, http2.ErrCodeProtocol},
		"an even stream": {func(r *raw) { r.open(2, check) }, http2.ErrCodeProtocol},
	} {
		t.Run(name, func(t *testing.T) {
			_, address := serve(t, h2.Options{})
			r := dial(t, address)
			c.do(r)
			if got := r.closed(); got != c.want {
				t.Errorf("the server said %v, want %v", got, c.want)
			}
		})
	}
}

func TestABadCallIsRefusedAndTheConnectionGoesOn(t *testing.T) {
	_, address := serve(t, h2.Options{MaxRecvBytes: 1000, MaxStreams: 3})
	r := dial(t, address)
	r.must(r.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: r.fields(":method", "GET", ":scheme", "http", ":path", "/"), EndStream: true, EndHeaders: true}))
	if f := await(r, func(f *http2.MetaHeadersFrame) bool { return f.StreamID == 1 }); f.PseudoValue("status") != "405" {
		t.Errorf("GET is answered by %v", f.Fields)
	}
	r.must(r.WriteHeaders(http2.HeadersFrameParam{StreamID: 3, BlockFragment: r.request(check, "X-Capital", "1"), EndHeaders: true}))
	if code := r.reset(3); code != http2.ErrCodeProtocol {
		t.Errorf("a name with a capital: %v", code)
	}
	r.call(5, "/no.Such/Method", &healthpb.HealthCheckRequest{})
	if s := r.status(5); s != "12" {
		t.Errorf("an unknown method: status %q, want 12 (unimplemented)", s)
	}
	r.call(7, check, &healthpb.HealthCheckRequest{Service: strings.Repeat("x", 2000)})
	if s := r.status(7); s != "8" {
		t.Errorf("a request over the limit: status %q, want 8 (resource exhausted)", s)
	}
	r.open(9, check)
	r.must(r.WriteData(9, true, []byte{0, 0, 0, 0, 9, 1}))
	if s := r.status(9); s != "13" {
		t.Errorf("half a message: status %q, want 13 (internal)", s)
	}
	r.open(11, check)
	r.must(r.WriteData(11, true, []byte{1, 0, 0, 0, 1, 1}))
	if s := r.status(11); s != "13" {
		t.Errorf("a compressed message without its encoding: status %q, want 13 (internal)", s)
	}
	for id := uint32(13); id < 21; id += 2 {
		r.open(id, check) // without a request: it waits
	}
	if code := r.reset(19); code != http2.ErrCodeRefusedStream {
		t.Errorf("the fourth of three calls: %v", code)
	}
	r.must(r.WriteRSTStream(13, http2.ErrCodeCancel)) // now there is room again
	r.must(r.WriteRSTStream(15, http2.ErrCodeCancel))
	r.open(21, watch) // reads one request and no more: what arrived until then may be granted once more
	for range 9 {
		r.must(r.WriteData(21, false, make([]byte, 16<<10)))
	}
	if code := r.reset(21); code != http2.ErrCodeFlowControl {
		t.Errorf("more than a stream's window: %v", code)
	}
	r.call(23, check, &healthpb.HealthCheckRequest{})
	if s := r.status(23); s != "0" {
		t.Errorf("a good call afterwards: status %q", s)
	}
}

// A client that asks and does not read costs an outbox. The server stops reading
// from it, and serves others.
func TestAClientThatDoesNotReadIsNotReadFrom(t *testing.T) {
	big := &healthpb.HealthCheckRequest{Service: strings.Repeat("x", 3000)}
	var calls atomic.Int64
	_, address := serve(t, h2.Options{MaxStreams: 1 << 20}, func(s *h2.Server) {
		s.Direct(check, func(c h2.Call) { calls.Add(1); c.Reply(big) })
	})
	r := dial(t, address, http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1<<31 - 1})
	r.must(r.WriteWindowUpdate(0, 1<<30))
	_ = r.SetWriteDeadline(time.Now().Add(2 * time.Second)) // a loopback connection is always writable
	one := message(t, &healthpb.HealthCheckRequest{})
	for id := uint32(1); id < 200_000; id += 2 { // as many as the system takes on its way
		if r.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: r.request(check), EndHeaders: true}) != nil || r.WriteData(id, true, one) != nil {
			break
		}
	}
	other := dial(t, address)
	other.call(1, check, &healthpb.HealthCheckRequest{})
	if s := other.status(1); s != "0" {
		t.Errorf("another client's call: status %q", s)
	}
	if n := calls.Load(); n > 10_000 { // an outbox, and what the system holds of answers
		t.Errorf("%d calls of 3 kB were answered to a client that does not read", n)
	}
}

// Answers keep to the windows that the client grants, byte by byte.
func TestAnswersWaitForTheClientsWindow(t *testing.T) {
	text := strings.Repeat("0123456789", 300)
	_, address := serve(t, h2.Options{}, func(s *h2.Server) {
		s.Direct(check, func(c h2.Call) { c.Reply(&healthpb.HealthCheckRequest{Service: text}) })
	})
	r := dial(t, address, http2.Setting{ID: http2.SettingInitialWindowSize, Val: 10})
	r.call(1, check, &healthpb.HealthCheckRequest{})
	var got bytes.Buffer
	granted := 10
	for got.Len() < len(text)+8 {
		f := await(r, func(f *http2.DataFrame) bool { return f.StreamID == 1 })
		got.Write(f.Data())
		if got.Len() > granted {
			t.Fatalf("%d bytes were sent, %d granted", got.Len(), granted)
		}
		if got.Len() == granted {
			granted += 700
			r.must(r.WriteWindowUpdate(1, 700))
		}
	}
	if !bytes.HasSuffix(got.Bytes(), []byte(text)) {
		t.Error("the answer is not what was sent")
	}
	if s := r.status(1); s != "0" {
		t.Errorf("status %q", s)
	}
}

func TestAStrangerIsGivenUp(t *testing.T) {
	_, address := serve(t, h2.Options{Greeting: 50 * time.Millisecond})
	for _, words := range []string{"", "GET / HTTP/1.1\r\n\r\n", http2.ClientPreface, http2.ClientPreface + "\x00\x00\x00\x08\x00\x00\x00\x00\x00"} {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(20 * time.Second)) // a server that hangs fails the test
		_, _ = io.WriteString(conn, words)                     // it may be closed already
		if _, err := io.Copy(io.Discard, conn); isTimeout(err) {
			t.Errorf("after %q the server keeps the connection", words)
		}
		conn.Close()
	}
}

func isTimeout(err error) bool {
	t, is := err.(net.Error)
	return is && t.Timeout()
}

// A silent client is asked whether it is there, and cut off if it does not answer.
func TestASilentClientIsCutOff(t *testing.T) {
	_, address := serve(t, h2.Options{KeepAlive: 20 * time.Millisecond, KeepAliveTimeout: 50 * time.Millisecond})
	r := dial(t, address)
	await(r, func(f *http2.PingFrame) bool { return !f.IsAck() })
	r.closed()
}

// FuzzFrames throws bytes at a server that has shaken hands: whatever they are, the
// server goes on serving others.
func FuzzFrames(f *testing.F) {
	f.Add([]byte("\x00\x00\x04\x08\x00\x00\x00\x00\x00\x00\x00\x10\x00"))
	f.Add([]byte("\x00\x00\x08\x06\x00\x00\x00\x00\x00abcdefgh"))
	f.Add([]byte("\x00\x00\x01\x01\x05\x00\x00\x00\x01\x82"))
	f.Add([]byte("\x00\x00\x01\x01\x01\x00\x00\x00\x01\x82\x00\x00\x01\x09\x04\x00\x00\x00\x01\x84"))
	_, address := serve(f, h2.Options{})
	f.Fuzz(func(t *testing.T, frames []byte) {
		r := dial(t, address)
		r.open(1, check)
		_, _ = r.Conn.Write(frames) // it may be closed already
		r.Close()
		good := dial(t, address)
		good.call(1, check, &healthpb.HealthCheckRequest{})
		if s := good.status(1); s != "0" {
			t.Errorf("another client's call: status %q", s)
		}
	})
}
