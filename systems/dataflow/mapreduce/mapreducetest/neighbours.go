package mapreducetest

import (
	"fmt"

	"github.com/parleysystems/parley/systems/dataflow/mapreduce"
)

// neighbours are the workers on one of several machines. Hosts of a simulation have disks of
// their own; those of one machine read each other's.
type neighbours struct {
	k        *Cluster
	worker   int
	machines int
}

// Dir implements mapreduce.Neighbours.
func (n *neighbours) Dir() string { return workerHost(n.worker) }

// Near implements mapreduce.Neighbours.
func (n *neighbours) Near(host string) bool {
	var other int
	_, err := fmt.Sscanf(host, "w%d", &other)
	return err == nil && other%n.machines == n.worker%n.machines
}

// Open implements mapreduce.Neighbours.
func (n *neighbours) Open(dir, name string) (mapreduce.NearFile, error) {
	f, err := n.k.World.Host(dir).Disk().Device().Open("files/worker/" + name)
	if err != nil {
		return nil, err
	}
	return f, nil
}
