package mapreduce

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/node"
	mr "github.com/parleysystems/parley/systems/dataflow/mapreduce"
)

// keeper is a worker as far as its files go.
type keeper struct {
	text  string
	wrote chan error
}

func (k *keeper) Start(env node.Env) {
	f, err := env.Disk().Create("map/1-7")
	if err == nil {
		_, err = f.WriteAt([]byte(k.text), 0)
	}
	k.wrote <- err
}

func (k *keeper) Receive(node.Addr, node.Message) {}

func TestANeighboursRegionsAreReadWhereTheyLie(t *testing.T) {
	dir := t.TempDir()
	host, err := live.Open(live.Config{Name: "a", Cluster: clusterName, Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer host.Close()
	k := &keeper{"regions", make(chan error, 1)}
	if err := host.Serve(workerService, func() node.Node { return k }); err != nil {
		t.Fatal(err)
	}
	if err := <-k.wrote; err != nil {
		t.Fatal(err)
	}
	n, err := newNeighbours(t.TempDir(), "b")
	if err != nil {
		t.Fatal(err)
	}
	f, err := n.Open(dir, "map/1-7")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if b, err := io.ReadAll(io.NewSectionReader(f, 0, 100)); err != nil || string(b) != k.text {
		t.Errorf("read %q, %v", b, err)
	}
}

// A neighbour cannot have this process read anything but a worker's intermediate data.
func TestANeighbourCannotPointElsewhere(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "secret", []byte("secret"))
	maps := filepath.Join(dir, live.FilesOf(workerService), "map")
	if err := os.MkdirAll(maps, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(dir, "secret"), filepath.Join(maps, "absolute")); err != nil {
		t.Fatal(err)
	}
	n, err := newNeighbours(t.TempDir(), "b")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"map/absolute", "../../secret", "../../../../../../etc/passwd", "/etc/passwd", "map/nothing"} {
		if f, err := n.Open(dir, name); err == nil {
			f.Close()
			t.Errorf("%s was opened", name)
		}
	}
}

func TestNeighboursAreOnLoopbackAddresses(t *testing.T) {
	n, err := newNeighbours(t.TempDir(), "self")
	if err != nil {
		t.Fatal(err)
	}
	for host, address := range map[string]string{
		"a": "127.0.0.1:7501", "b": "localhost:7502", "c": "[::1]:7503", "d": "10.0.0.2:7501", "e": "elsewhere:7501", "f": "127.0.0.1",
	} {
		n.meet(mr.Peer{Host: host, Address: address})
	}
	for host, near := range map[string]bool{"self": true, "a": true, "b": true, "c": true, "d": false, "e": false, "f": false, "g": false} {
		if n.Near(host) != near {
			t.Errorf("%s is near: %v", host, n.Near(host))
		}
	}
}
