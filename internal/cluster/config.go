package cluster

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"

	"go.yaml.in/yaml/v3"
)

// Config is one host's part in a cluster. Paths in it are absolute after Load.
type Config struct {
	// Cluster is equal on all hosts; hosts of another cluster are refused.
	Cluster string `yaml:"cluster"`
	// Name is this host's, one of Hosts.
	Name string `yaml:"name"`
	// Data is the directory of the host's log and snapshots.
	Data string `yaml:"data"`
	// Hosts are the members that the cluster begins with, this one included.
	Hosts []Host `yaml:"hosts"`
	// Engine names the protocol that keeps the hosts equal, the same on all of
	// them and for good; empty means Raft.
	Engine string `yaml:"engine,omitempty"`
	// Store says where this host keeps values: memory, or engine, which is a storage
	// engine beside the log, for more data than memory; empty means memory.
	Store string `yaml:"store,omitempty"`
	// Join says that the cluster runs already, and that this host is to be
	// added to it (etcdctl member add).
	Join bool `yaml:"join,omitempty"`
	// Recover is not of the file but of one start: the engine believes nothing of the
	// disk.
	Recover bool `yaml:"-"`
	// HTTP is where the status page, health and metrics are served; empty
	// serves none.
	HTTP string `yaml:"http,omitempty"`
	// Listen stands in for this host's own peer and client addresses where they
	// cannot be listened on as they are, such as behind a NAT.
	Listen Listen `yaml:"listen,omitempty"`
	// Quota is the size of the store, in bytes, above which it takes no more
	// puts until something is deleted and the alarm is lifted; 0 means
	// DefaultQuota.
	Quota int64 `yaml:"quota,omitempty"`
	// Jobs has this host work for MapReduce jobs as well; nil means that it does not.
	Jobs *Jobs `yaml:"jobs,omitempty"`
	// TLS may be missing only while every address is a loopback address.
	TLS *TLS `yaml:"tls,omitempty"`
}

// DefaultQuota is 2 GiB, as with etcd.
const DefaultQuota = 2 << 30

// SpaceQuota returns the quota in force.
func (c *Config) SpaceQuota() int64 {
	if c.Quota == 0 {
		return DefaultQuota
	}
	return c.Quota
}

// Host is one member, as the others reach it.
type Host struct {
	Name   string `yaml:"name"`
	Peer   string `yaml:"peer"`   // host:port for the other hosts
	Client string `yaml:"client"` // host:port for etcd clients
}

// Jobs says what a host does for whoever has it work (parley mr --cluster).
type Jobs struct {
	// Inputs is the directory that all input must lie below.
	Inputs string `yaml:"inputs"`
	// Commands has it run shell commands (parley mr stream).
	Commands bool `yaml:"commands,omitempty"`
}

// Listen holds addresses to bind; an empty one means the advertised address.
type Listen struct {
	Peer   string `yaml:"peer,omitempty"`
	Client string `yaml:"client,omitempty"`
}

// TLS names PEM files, relative to the configuration file.
type TLS struct {
	Certificate string `yaml:"certificate"`
	Key         string `yaml:"key"`
	Authority   string `yaml:"authority"`
}

// Load reads a configuration file. Errors name the file and, where there is
// one, the line.
func Load(file string) (*Config, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	c, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("configuration %s: %w", file, err)
	}
	dir, err := filepath.Abs(filepath.Dir(file))
	if err != nil {
		return nil, fmt.Errorf("configuration %s: %w", file, err)
	}
	c.resolve(dir)
	return c, nil
}

// Parse reads a configuration, which may hold no unknown field, and checks it.
func Parse(text []byte) (*Config, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		return nil, err
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	c := &Config{}
	if err := decoder.Decode(c); errors.Is(err, io.EOF) {
		return nil, errors.New("the file is empty; parley init writes one")
	} else if err != nil {
		return nil, err
	}
	if err := decoder.Decode(&Config{}); !errors.Is(err, io.EOF) {
		return nil, errors.New("the file holds more than one document")
	}
	if err := c.check(); err != nil {
		return nil, err.at(&root)
	}
	return c, nil
}

// Self returns this host's entry.
func (c *Config) Self() Host {
	i := slices.IndexFunc(c.Hosts, func(h Host) bool { return h.Name == c.Name })
	return c.Hosts[i] // I1
}

// PeerAddress returns what to bind for other hosts.
func (c *Config) PeerAddress() string { return either(c.Listen.Peer, c.Self().Peer) }

// ClientAddress returns what to bind for clients.
func (c *Config) ClientAddress() string { return either(c.Listen.Client, c.Self().Client) }

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func (c *Config) resolve(dir string) {
	paths := []*string{&c.Data}
	if c.Jobs != nil {
		paths = append(paths, &c.Jobs.Inputs)
	}
	if c.TLS != nil {
		paths = append(paths, &c.TLS.Certificate, &c.TLS.Key, &c.TLS.Authority)
	}
	for _, p := range paths {
		if !filepath.IsAbs(*p) {
			*p = filepath.Join(dir, *p)
		}
	}
}

// Loopback tells whether nobody but this machine can reach address. Of names,
// only localhost counts: others may resolve to anything.
func Loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	return err == nil && (host == "localhost" || ip != nil && ip.IsLoopback())
}
