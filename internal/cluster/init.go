package cluster

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"text/template"
	"time"

	"github.com/parleysystems/parley/kernel/live"
)

// Plan is what a new cluster shall look like.
type Plan struct {
	Cluster string
	Hosts   []Host
	HTTP    string        // the same on every host; empty serves none
	Valid   time.Duration // of certificates
}

// Write makes dir a new cluster's (see the package comment for its layout).
func (p Plan) Write(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, "ca.crt")); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s holds a cluster's authority already: choose another directory, new keys would lock its hosts out", dir)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	ca, err := live.NewAuthority(p.Cluster+" authority", p.Valid)
	if err != nil {
		return err
	}
	if err := writePair(dir, "ca")(ca.PEM()); err != nil {
		return err
	}
	if err := writePair(dir, "client")(ca.Issue("client", p.Valid)); err != nil {
		return err
	}
	for i, h := range p.Hosts {
		if err := p.writeHost(filepath.Join(dir, h.Name), ca, h, i); err != nil {
			return err
		}
	}
	return nil
}

// writePair returns a function that writes a certificate and its key.
func writePair(dir, name string) func(certificate, key []byte, err error) error {
	return func(certificate, key []byte, err error) error {
		if err != nil {
			return err
		}
		if err := writeNew(filepath.Join(dir, name+".key"), 0o600, key); err != nil {
			return err
		}
		return writeNew(filepath.Join(dir, name+".crt"), 0o644, certificate)
	}
}

// writeNew creates a file, and fails if there is one (I3).
func writeNew(name string, mode os.FileMode, content []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Close())
}

func (p Plan) writeHost(dir string, ca *live.Authority, h Host, i int) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	addresses := []string{"localhost", "127.0.0.1", "::1"}
	for _, a := range []string{h.Peer, h.Client} {
		if host, _, err := net.SplitHostPort(a); err == nil && !slices.Contains(addresses, host) {
			addresses = append(addresses, host)
		}
	}
	if err := writePair(dir, "host")(ca.Issue(h.Name, p.Valid, addresses...)); err != nil {
		return err
	}
	trusted, _, err := ca.PEM()
	if err != nil {
		return err
	}
	if err := writeNew(filepath.Join(dir, "ca.crt"), 0o644, trusted); err != nil {
		return err
	}
	text, err := p.configuration(h, i)
	if err != nil {
		return err
	}
	return writeNew(filepath.Join(dir, "parley.yaml"), 0o644, text)
}

// configuration returns the file of one host, with comments for who edits it.
func (p Plan) configuration(h Host, i int) ([]byte, error) {
	var b bytes.Buffer
	err := configTemplate.Execute(&b, struct {
		Plan
		Self Host
		HTTP string
	}{p, h, p.httpOf(h, i)})
	if err != nil {
		return nil, err
	}
	if _, err := Parse(b.Bytes()); err != nil {
		return nil, fmt.Errorf("host %s: %w", h.Name, err)
	}
	return b.Bytes(), nil
}

// httpOf gives hosts of one machine HTTP ports of their own, one after another.
func (p Plan) httpOf(h Host, i int) string {
	host, port, err := net.SplitHostPort(p.HTTP)
	n, notNumber := strconv.Atoi(port)
	if err != nil || notNumber != nil {
		return p.HTTP
	}
	at := func(h Host) string { a, _, _ := net.SplitHostPort(h.Peer); return a }
	for _, other := range p.Hosts[:i] {
		if at(other) == at(h) {
			n++
		}
	}
	return net.JoinHostPort(host, strconv.Itoa(n))
}

var configTemplate = template.Must(template.New("parley.yaml").Parse(`# Host {{.Self.Name}} of cluster {{.Cluster}}. Run it with: parley serve --config parley.yaml
# Paths are relative to this file.

cluster: {{printf "%q" .Cluster}}    # the same on all hosts
name: {{printf "%q" .Self.Name}}
data: data
{{- if .HTTP}}
http: {{.HTTP}}    # status page, /health, /metrics
{{- end}}

hosts:
{{- range .Hosts}}
  - name: {{printf "%q" .Name}}
    peer: "{{.Peer}}"      # for the other hosts
    client: "{{.Client}}"    # for etcd clients
{{- end}}

# If those addresses cannot be bound as they are (NAT, containers):
# listen:
#   peer: 0.0.0.0:2380
#   client: 0.0.0.0:2379

tls:
  certificate: host.crt
  key: host.key
  authority: ca.crt
`))
