package cluster

import (
	"fmt"
	"net"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// fault is what is wrong with a configuration, and at which key: a path such as
// hosts, 1, peer.
type fault struct {
	path []string
	text string
}

func wrong(text string, path ...string) *fault { return &fault{path, text} }

// at turns the fault into an error that names the line in the document.
func (f *fault) at(document *yaml.Node) error {
	line := 1
	n := document
	if len(n.Content) > 0 {
		n = n.Content[0]
	}
	for _, step := range f.path {
		next := child(n, step)
		if next == nil {
			break
		}
		n, line = next, next.Line
	}
	return fmt.Errorf("line %d: %s: %s", line, strings.Join(f.path, "."), f.text)
}

func child(n *yaml.Node, step string) *yaml.Node {
	if n.Kind == yaml.SequenceNode {
		if i, err := strconv.Atoi(step); err == nil && i < len(n.Content) {
			return n.Content[i]
		}
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == step {
			return n.Content[i+1]
		}
	}
	return nil
}

// check keeps I1.
func (c *Config) check() *fault {
	switch {
	case c.Cluster == "":
		return wrong("give the cluster a name, the same on all hosts", "cluster")
	case c.Data == "":
		return wrong("name the directory that this host keeps its data in", "data")
	case len(c.Hosts) == 0:
		return wrong("list every host of the cluster, this one too", "hosts")
	case c.Jobs != nil && c.Jobs.Inputs == "":
		return wrong("name the directory that jobs may read", "jobs", "inputs")
	case c.Quota < 0:
		return wrong("a number of bytes, or 0 for 2 GiB", "quota")
	}
	if f := c.checkHosts(); f != nil {
		return f
	}
	if f := c.checkBound(); f != nil {
		return f
	}
	return c.checkTLS()
}

func (c *Config) checkHosts() *fault {
	names, addresses := map[string]bool{}, map[string]bool{}
	for i, h := range c.Hosts {
		at := strconv.Itoa(i)
		if err := CheckName(h.Name); err != nil {
			return wrong(err.Error(), "hosts", at, "name")
		}
		if names[h.Name] {
			return wrong(fmt.Sprintf("%s is listed twice", h.Name), "hosts", at, "name")
		}
		names[h.Name] = true
		for _, a := range []struct{ key, address string }{{"peer", h.Peer}, {"client", h.Client}} {
			if err := checkAddress(a.address); err != nil {
				return wrong(err.Error(), "hosts", at, a.key)
			}
			if addresses[a.address] {
				return wrong(fmt.Sprintf("%s is used twice", a.address), "hosts", at, a.key)
			}
			addresses[a.address] = true
		}
	}
	if !names[c.Name] {
		return wrong(fmt.Sprintf("%q is none of the hosts below", c.Name), "name")
	}
	return nil
}

func (c *Config) checkBound() *fault {
	for _, a := range []struct {
		address string
		path    []string
	}{
		{c.Listen.Peer, []string{"listen", "peer"}},
		{c.Listen.Client, []string{"listen", "client"}},
		{c.HTTP, []string{"http"}},
	} {
		if a.address == "" {
			continue
		}
		if err := checkAddress(a.address); err != nil {
			return wrong(err.Error(), a.path...)
		}
	}
	return nil
}

func (c *Config) checkTLS() *fault {
	if c.TLS != nil {
		for _, f := range []struct{ key, file string }{
			{"certificate", c.TLS.Certificate}, {"key", c.TLS.Key}, {"authority", c.TLS.Authority},
		} {
			if f.file == "" {
				return wrong("name a PEM file; parley init writes one", "tls", f.key)
			}
		}
		return nil
	}
	const need = "%s is reachable from other machines, which needs credentials: add tls (parley init writes them)"
	for i, h := range c.Hosts {
		for _, a := range []struct{ key, address string }{{"peer", h.Peer}, {"client", h.Client}} {
			if !Loopback(a.address) {
				return wrong(fmt.Sprintf(need, a.address), "hosts", strconv.Itoa(i), a.key)
			}
		}
	}
	for _, a := range []struct {
		address string
		path    []string
	}{
		{c.Listen.Peer, []string{"listen", "peer"}},
		{c.Listen.Client, []string{"listen", "client"}},
		{c.HTTP, []string{"http"}},
	} {
		if a.address != "" && !Loopback(a.address) {
			return wrong(fmt.Sprintf(need, a.address), a.path...)
		}
	}
	return nil
}

// CheckName refuses what cannot be a host's name: it is a part of addresses, of
// file names and of certificates.
func CheckName(name string) error {
	const legal = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."
	switch {
	case name == "" || len(name) > 63:
		return fmt.Errorf("a host's name has 1 to 63 characters, %.70q has %d", name, len(name))
	case strings.Trim(name, legal) != "" || strings.ContainsFunc(name, func(r rune) bool { return !strings.ContainsRune(legal, r) }):
		return fmt.Errorf("a host's name has letters, digits, '-', '_' and '.' in it; %q has something else", name)
	case name[0] == '.' || name == "client" || name == "localhost":
		return fmt.Errorf("%q cannot be the name of a host", name)
	}
	return nil
}

func checkAddress(address string) error {
	if address == "" {
		return fmt.Errorf("an address is missing, such as 10.0.0.1:2380")
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%q is not of the form host:port", address)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return fmt.Errorf("%q has no port between 1 and 65535", address)
	}
	if host == "" {
		return fmt.Errorf("%q names no host; to listen everywhere write 0.0.0.0%s", address, address)
	}
	return nil
}
