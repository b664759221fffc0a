package h2

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/net/http2/hpack"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
)

// fields encodes the headers and trailers of responses. conn.mu guards it: blocks
// must be sent in the order in which they were encoded.
type fields struct {
	block   bytes.Buffer
	encoder *hpack.Encoder
}

func (f *fields) begin() {
	f.block.Reset()
	if f.encoder == nil {
		f.encoder = hpack.NewEncoder(&f.block)
	}
}

// limit obeys the client's bound on what the encoder remembers.
func (f *fields) limit(bytes uint32) {
	f.begin()
	f.encoder.SetMaxDynamicTableSize(bytes)
}

func (f *fields) add(name, value string) {
	_ = f.encoder.WriteField(hpack.HeaderField{Name: name, Value: value}) // a bytes.Buffer takes everything
}

// response is the header of every answer.
func (f *fields) response(more metadata.MD) {
	f.add(":status", "200")
	f.add("content-type", "application/grpc")
	f.metadata(more)
}

// refusal is the whole answer to what is no call.
func (f *fields) refusal(httpStatus string) {
	f.add(":status", httpStatus)
	f.add("content-type", "text/plain")
}

func (f *fields) trailer(t *trailer) {
	if t.status == nil {
		f.add("grpc-status", "0")
		f.metadata(t.metadata)
		return
	}
	f.add("grpc-status", strconv.Itoa(int(t.status.Code())))
	f.add("grpc-message", percent(t.status.Message()))
	if p := t.status.Proto(); len(p.GetDetails()) > 0 {
		if details, err := proto.Marshal(p); err == nil {
			f.add("grpc-status-details-bin", base64.RawStdEncoding.EncodeToString(details))
		}
	}
	f.metadata(t.metadata)
}

// metadata adds what a handler wants to say besides, but for what is not its to say.
func (f *fields) metadata(all metadata.MD) {
	for name, values := range all {
		if name = strings.ToLower(name); reserved(name) {
			continue
		}
		for _, v := range values {
			if strings.HasSuffix(name, "-bin") {
				v = base64.RawStdEncoding.EncodeToString([]byte(v))
			}
			f.add(name, v)
		}
	}
}

func reserved(name string) bool {
	return name == "" || name[0] == ':' || name == "content-type" || name == "te" || name == "user-agent" || strings.HasPrefix(name, "grpc-")
}

// percent encodes a status message: what is not printable ASCII, and '%'.
func percent(message string) string {
	var out strings.Builder
	for i := range len(message) {
		if c := message[i]; c >= ' ' && c <= '~' && c != '%' {
			out.WriteByte(c)
		} else {
			fmt.Fprintf(&out, "%%%02X", c)
		}
	}
	return out.String()
}
