package cluster_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parleysystems/parley/internal/cluster"
)

const good = `cluster: demo
name: a
data: data
hosts:
  - name: a
    peer: 127.0.0.1:2380
    client: 127.0.0.1:2379
  - name: b
    peer: 127.0.0.1:22380
    client: 127.0.0.1:22379
`

func TestLoadResolvesPathsBesideTheFile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "parley.yaml")
	text := good + "tls:\n  certificate: host.crt\n  key: /keys/host.key\n  authority: ca.crt\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := cluster.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	if c.Data != filepath.Join(dir, "data") || c.TLS.Certificate != filepath.Join(dir, "host.crt") || c.TLS.Key != "/keys/host.key" {
		t.Errorf("paths are %s, %s, %s", c.Data, c.TLS.Certificate, c.TLS.Key)
	}
	if c.PeerAddress() != "127.0.0.1:2380" || c.ClientAddress() != "127.0.0.1:2379" {
		t.Errorf("listens on %s and %s, want its own entry's addresses", c.PeerAddress(), c.ClientAddress())
	}
}

func TestParseNamesTheLineOfWhatIsWrong(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"empty", "", "parley init"},
		{"not YAML", "cluster: [", "line 1"},
		{"tab", good + "\tname: a\n", "tab character"},
		{"unknown field", good + "colour: red\n", "line 11: field colour not found"},
		{"negative quota", good + "quota: -1\n", "line 11: quota"},
		{"wrong type", strings.Replace(good, "hosts:", "hosts: 3\nx:", 1), "line 4"},
		{"two documents", good + "---\nname: b\n", "more than one document"},
		{"no cluster", strings.Replace(good, "demo", `""`, 1), "line 1: cluster"},
		{"stranger", strings.Replace(good, "name: a\ndata", "name: c\ndata", 1), `line 2: name: "c" is none of the hosts`},
		{"name twice", strings.Replace(good, "- name: b", "- name: a", 1), "line 8: hosts.1.name: a is listed twice"},
		{"bad name", strings.Replace(good, "- name: b", "- name: a/b", 1), "line 8"},
		{"bad address", strings.Replace(good, "127.0.0.1:22380", "127.0.0.1", 1), "line 9: hosts.1.peer"},
		{"bad port", strings.Replace(good, ":22380", ":99999", 1), "line 9"},
		{"port twice", strings.Replace(good, ":22380", ":2379", 1), "line 9: hosts.1.peer: 127.0.0.1:2379 is used twice"},
		{"open to the world", strings.Replace(good, "127.0.0.1:22380", "10.0.0.2:22380", 1), "line 9: hosts.1.peer: 10.0.0.2:22380 is reachable"},
		{"page open to the world", good + "http: 0.0.0.0:7400\n", "line 11: http: 0.0.0.0:7400 is reachable"},
		{"bound to the world", good + "listen:\n  client: 0.0.0.0:2379\n", "line 12: listen.client"},
		{"half of the credentials", good + "tls:\n  certificate: host.crt\n", "line 12: tls.key"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := cluster.Parse([]byte(test.text))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want one that says %q", err, test.want)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte("hosts: [{name: a}]\nlisten: {peer: x}\n"))
	f.Add([]byte("a: &a [*a]\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := cluster.Parse(text)
		if err != nil {
			return
		}
		if c.Self().Name != c.Name {
			t.Errorf("accepted a configuration without this host: %q", text)
		}
		for _, h := range c.Hosts {
			if c.TLS == nil && !(cluster.Loopback(h.Peer) && cluster.Loopback(h.Client)) {
				t.Errorf("accepted %s in the clear: %q", h.Name, text)
			}
		}
	})
}
