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
	"strings"
	"text/template"
	"time"
)

// Plan is what a new cluster shall look like.
type Plan struct {
	Cluster string
	Hosts   []Host
	HTTP    string        // the same on every host; empty serves none
	Valid   time.Duration // of certificates
}

// TraditionalPort returns the port of the n-th host (0, 1, 2...) on one
// machine, as etcd's users are used to: 2379, 22379, 32379.
func TraditionalPort(base, n int) int {
	if n == 0 {
		return base
	}
	return base + (n+1)*10000
}

// ParseHosts reads the hosts of a new cluster from a list of ADDRESS or
// NAME=ADDRESS, where an address is a DNS name or an IP address without port.
// A nameless host is called by the first label of its DNS name, or host1, host2
// by its place. Hosts that share an address get ports of their own.
func ParseHosts(list []string, peerPort, clientPort int) ([]Host, error) {
	var hosts []Host
	seen := map[string]int{}
	for i, entry := range list {
		name, address, named := strings.Cut(strings.TrimSpace(entry), "=")
		if !named {
			name, address = nameOf(name, i), name
		}
		if err := CheckName(name); err != nil {
			return nil, err
		}
		if address == "" || strings.ContainsAny(address, " /[]") || strings.Contains(address, ":") && net.ParseIP(address) == nil {
			return nil, fmt.Errorf("host %s: %q is not a DNS name or an IP address (without a port)", name, address)
		}
		if slices.ContainsFunc(hosts, func(h Host) bool { return h.Name == name }) {
			return nil, fmt.Errorf("two hosts are called %s; write NAME=ADDRESS", name)
		}
		n := seen[address]
		seen[address]++
		peer, client := TraditionalPort(peerPort, n), TraditionalPort(clientPort, n)
		if max(peer, client) > 65535 {
			return nil, fmt.Errorf("host %s: no port is left for so many hosts at %s", name, address)
		}
		hosts = append(hosts, Host{
			Name:   name,
			Peer:   net.JoinHostPort(address, strconv.Itoa(peer)),
			Client: net.JoinHostPort(address, strconv.Itoa(client)),
		})
	}
	return hosts, nil
}

func nameOf(address string, i int) string {
	if net.ParseIP(address) != nil || address == "localhost" {
		return "host" + strconv.Itoa(i+1)
	}
	label, _, _ := strings.Cut(address, ".")
	return label
}

// Write makes dir a new cluster's (see the package comment for its layout).
func (p Plan) Write(dir string, now time.Time) error {
	if _, err := os.Stat(filepath.Join(dir, "ca.crt")); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s holds a cluster's authority already: choose another directory, new keys would lock its hosts out", dir)
	}
	ca, err := newAuthority(p.Cluster, now, p.Valid)
	if err != nil {
		return err
	}
	key, err := keyPEM(ca.key)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := writePair(dir, "ca", certificatePEM(ca.der), key); err != nil {
		return err
	}
	certificate, key, err := ca.issue("client", nil)
	if err != nil {
		return err
	}
	if err := writePair(dir, "client", certificate, key); err != nil {
		return err
	}
	for i, h := range p.Hosts {
		if err := p.writeHost(filepath.Join(dir, h.Name), ca, h, i); err != nil {
			return err
		}
	}
	return nil
}

func writePair(dir, name string, certificate, key []byte) error {
	if err := writeNew(filepath.Join(dir, name+".key"), 0o600, key); err != nil {
		return err
	}
	return writeNew(filepath.Join(dir, name+".crt"), 0o644, certificate)
}

func (p Plan) writeHost(dir string, ca *authority, h Host, i int) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	addresses := []string{"localhost", "127.0.0.1", "::1"}
	for _, a := range []string{h.Peer, h.Client} {
		if host, _, err := net.SplitHostPort(a); err == nil && !slices.Contains(addresses, host) {
			addresses = append(addresses, host)
		}
	}
	certificate, key, err := ca.issue(h.Name, addresses)
	if err != nil {
		return err
	}
	if err := writePair(dir, "host", certificate, key); err != nil {
		return err
	}
	if err := writeNew(filepath.Join(dir, "ca.crt"), 0o644, certificatePEM(ca.der)); err != nil {
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
