package mapreduce

import (
	"net"
	"os"
	"path/filepath"

	"github.com/parleysystems/parley/kernel/live"
	mr "github.com/parleysystems/parley/systems/dataflow/mapreduce"
)

// neighbours are the workers on this machine, by the addresses that the master gave: they
// read each other's intermediate data from the file system.
//
// Owner of hosts: the worker's loop.
type neighbours struct {
	dir   string
	hosts map[string]bool
}

func newNeighbours(dir, self string) (*neighbours, error) {
	dir, err := filepath.Abs(dir)
	return &neighbours{dir, map[string]bool{self: true}}, err
}

func (n *neighbours) meet(p mr.Peer) {
	if loopback(p.Address) {
		n.hosts[p.Host] = true
	}
}

// Dir implements mr.Neighbours.
func (n *neighbours) Dir() string { return n.dir }

// Near implements mr.Neighbours.
func (n *neighbours) Near(host string) bool { return n.hosts[host] }

// Open implements mr.Neighbours. Whatever a neighbour says, nothing is opened but what is
// named as a worker's intermediate data.
func (n *neighbours) Open(dir, name string) (mr.NearFile, error) {
	below, err := filepath.Localize(name)
	if err != nil {
		return nil, err
	}
	f, err := os.OpenInRoot(dir, filepath.Join(filepath.FromSlash(live.FilesOf(workerService)), below))
	if err != nil {
		return nil, err // and no *os.File that is nil
	}
	return f, nil
}

// loopback tells whether an address is one of this machine alone.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	return err == nil && (host == "localhost" || ip != nil && ip.IsLoopback())
}
