package h2

import (
	"encoding/base64"
	"strings"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

const (
	maxHeaderList  = 64 << 10 // bytes of names and values of one request, each field with 32 besides
	maxHeaderBlock = 96 << 10 // the same as it comes, each frame counting as at least frameFloor
	frameFloor     = 256
)

// requestHeader is what a client says of a call.
type requestHeader struct {
	fields   []hpack.HeaderField
	size     uint32
	path     string
	encoding string        // of compressed messages
	timeout  time.Duration // 0: none
	status   string        // the HTTP status of what is no call; "" for calls
	bad      bool          // against HTTP/2's own rules
}

// headerReader gathers the frames of one header block. The conn's reader owns it.
type headerReader struct {
	decoder    *hpack.Decoder
	into       requestHeader
	id         uint32
	taken      int  // bytes of the block so far
	ends       bool // the client will send nothing after it
	unfinished bool // CONTINUATION must follow
}

func (c *conn) onHeaders(f *http2.HeadersFrame) error {
	h := &c.header
	h.into, h.id, h.taken, h.ends = requestHeader{}, f.StreamID, 0, f.StreamEnded()
	if f.HasPriority() && f.Priority.StreamDep == f.StreamID {
		return http2.ConnectionError(http2.ErrCodeProtocol)
	}
	return c.onBlock(f.HeaderBlockFragment(), f.HeadersEnded())
}

func (c *conn) onContinuation(f *http2.ContinuationFrame) error {
	if !c.header.unfinished {
		return http2.ConnectionError(http2.ErrCodeProtocol)
	}
	return c.onBlock(f.HeaderBlockFragment(), f.HeadersEnded())
}

func (c *conn) onBlock(fragment []byte, ended bool) error {
	h := &c.header
	if h.taken += max(len(fragment), frameFloor); h.taken > maxHeaderBlock {
		return http2.ConnectionError(http2.ErrCodeEnhanceYourCalm)
	}
	if _, err := h.decoder.Write(fragment); err != nil {
		return http2.ConnectionError(http2.ErrCodeCompression)
	}
	h.unfinished = !ended
	if !ended {
		return nil
	}
	if err := h.decoder.Close(); err != nil {
		return http2.ConnectionError(http2.ErrCodeCompression)
	}
	return c.onRequestHeader(h.id, h.into, h.ends)
}

// field takes one field in. Of what is too much only the compressor's state is kept.
func (r *requestHeader) field(f hpack.HeaderField) {
	if r.size += f.Size(); r.size > maxHeaderList {
		r.fields = nil
		return
	}
	if r.fields == nil {
		r.fields = make([]hpack.HeaderField, 0, 10)
	}
	r.fields = append(r.fields, f)
}

// interpret finds what HTTP/2 (RFC 9113, 8.2 and 8.3) and gRPC demand.
func (r *requestHeader) interpret() {
	if r.size > maxHeaderList {
		r.status = "431"
		return
	}
	var method, scheme, contentType string
	regular := false
	for _, f := range r.fields {
		if f.IsPseudo() {
			r.bad = r.bad || regular || !r.pseudo(f, &method, &scheme)
			continue
		}
		regular = true
		r.bad = r.bad || !valid(f)
		switch f.Name {
		case "content-type":
			contentType = f.Value
		case "grpc-encoding":
			r.encoding = f.Value
		case "grpc-timeout":
			var ok bool
			if r.timeout, ok = parseTimeout(f.Value); !ok {
				r.status = "400"
			}
		}
	}
	r.bad = r.bad || method == "" || scheme == "" || r.path == ""
	switch {
	case method != "POST":
		r.status = "405"
	case !isGRPC(contentType):
		r.status = "415"
	}
}

// pseudo takes each of the four fields once.
func (r *requestHeader) pseudo(f hpack.HeaderField, method, scheme *string) bool {
	var into *string
	switch f.Name {
	case ":method":
		into = method
	case ":scheme":
		into = scheme
	case ":path":
		into = &r.path
	case ":authority":
		return true
	default:
		return false
	}
	first := *into == ""
	*into = f.Value
	return first
}

// valid refuses names with capitals, and fields of the connection, which HTTP/2
// does not have.
func valid(f hpack.HeaderField) bool {
	switch f.Name {
	case "":
		return false
	case "connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade":
		return false
	case "te":
		return f.Value == "trailers"
	}
	for i := range len(f.Name) {
		if c := f.Name[i]; c <= ' ' || c >= 0x7f || 'A' <= c && c <= 'Z' {
			return false
		}
	}
	return true
}

func isGRPC(contentType string) bool {
	rest, is := strings.CutPrefix(contentType, "application/grpc")
	return is && (rest == "" || rest == "+proto" || rest[0] == ';')
}

// parseTimeout reads up to eight digits and a unit.
func parseTimeout(s string) (time.Duration, bool) {
	if len(s) < 2 || len(s) > 9 {
		return 0, false
	}
	unit, ok := timeoutUnits[s[len(s)-1]]
	var n time.Duration
	for _, digit := range []byte(s[:len(s)-1]) {
		if digit < '0' || digit > '9' {
			return 0, false
		}
		n = 10*n + time.Duration(digit-'0')
	}
	if n > 1<<62/max(unit, 1) {
		return 1 << 62, ok
	}
	return max(n*unit, 1), ok // 0 would mean none
}

var timeoutUnits = map[byte]time.Duration{
	'H': time.Hour, 'M': time.Minute, 'S': time.Second, 'm': time.Millisecond, 'u': time.Microsecond, 'n': 1,
}

// get returns the first value of a field.
func (r *requestHeader) get(name string) string {
	for _, f := range r.fields {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

// metadata is what handlers see.
func (r *requestHeader) metadata() (metadata.MD, error) {
	md := make(metadata.MD, len(r.fields))
	for _, f := range r.fields {
		name, value := f.Name, f.Value
		if name == ":authority" || !reserved(name) || name == "content-type" || name == "user-agent" {
			if strings.HasSuffix(name, "-bin") {
				raw, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(value, "="))
				if err != nil {
					return nil, status.Errorf(codes.Internal, "h2: header %q: %v", name, err)
				}
				value = string(raw)
			}
			md[name] = append(md[name], value)
		}
	}
	return md, nil
}
