package mapreduce

import (
	"github.com/parleysystems/parley/node"
	mr "github.com/parleysystems/parley/systems/dataflow/mapreduce"
)

// WorkerService is the name of a worker's service of a host.
const WorkerService = workerService

// Service makes a worker as a service (WorkerService) of a host that does other things as
// well, and knows the other hosts of its cluster already. Masters give the cluster's name
// (Cluster.Of), and name=host:port of each host. Of the options Library, Inputs, Memory,
// Tasks and Slow count. The host's kernel should have 2 * Tasks goroutines for it.
func Service(o WorkerOptions) (func() node.Node, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	// What a master says of others' addresses is not believed: the host knows them.
	config, err := o.config()
	if err != nil {
		return nil, err
	}
	return func() node.Node { return mr.NewWorker(config) }, nil
}
