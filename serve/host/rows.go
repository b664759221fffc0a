package host

import (
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/raft"
	"github.com/parleysystems/parley/systems/replication/chain"
	"github.com/parleysystems/parley/systems/replication/primarybackup"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// The services beside engines whose replicas stand in a row.
const (
	viewService          = "views"
	configurationService = "configuration"
)

// everywhere returns a service's addresses on the first hosts: three at most, which
// are enough to survive the loss of one.
func (c *Config) everywhere(service string, hosts int) (all []node.Addr) {
	for _, m := range c.Members[:min(hosts, len(c.Members))] {
		all = append(all, node.Join(m.Name, service))
	}
	return all
}

// primaryBackup has its view server on the first member's host: without that host
// no failure is handled.
var primaryBackup = engine{
	replica: func(c *Config) rsm.Engine {
		return primarybackup.New(primarybackup.Config{ViewServer: c.everywhere(viewService, 1)[0]})
	},
	beside: func(c *Config) map[string]func() node.Node {
		if c.Members[0].Name != c.Name {
			return nil
		}
		return map[string]func() node.Node{
			viewService: func() node.Node { return primarybackup.NewViewServer(primarybackup.Patience{}) },
		}
	},
}

// chained is a chain with its configuration service on the first three hosts. To
// an apportioned one the whole store is one object: what clients are told of it
// carries the store's revision.
func chained(apportioned bool) engine {
	return engine{
		replica: func(c *Config) rsm.Engine {
			return chain.New(chain.Config{Masters: c.everywhere(configurationService, 3), Apportioned: apportioned})
		},
		beside: func(c *Config) map[string]func() node.Node {
			masters := c.everywhere(configurationService, 3)
			for _, a := range masters {
				if a.Host() == c.Name && !c.Join {
					return map[string]func() node.Node{configurationService: func() node.Node {
						return chain.NewMaster(raft.New(raft.Config{Members: masters}), chain.MasterConfig{Founders: c.founders()})
					}}
				}
			}
			return nil
		},
	}
}
