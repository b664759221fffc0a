package quorumtest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/workload"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/order/ordertest"
	"github.com/parleysystems/parley/systems/replication/quorum"
)

// stage is copies and clients in a world.
type stage struct {
	*ordertest.Run
	copies  []node.Addr
	clients []*client
}

// newStage puts a copy on each host.
func newStage(r *ordertest.Run, hosts []string) *stage {
	s := &stage{Run: r}
	for _, h := range hosts {
		a := node.Join(h, "copy")
		s.copies = append(s.copies, a)
		r.World.Host(h).Serve(a.Service(), func() node.Node { return quorum.NewCopy() })
	}
	return s
}

func (s *stage) recorder() *recorder {
	return workload.NewRecorder[workload.Request, workload.Response](s.World.Now)
}

// add puts a client on a host of its own.
func (s *stage) add(host string, c *client) *client {
	c.number = len(s.clients)
	if c.next == nil {
		c.next = workload.NewGenerator(workload.Mix{Keys: 2, Read: 1, Write: 1}, s.Seed, c.number).Next
	}
	s.clients = append(s.clients, c)
	s.World.Host(host).Serve("client", func() node.Node { return c })
	return c
}

// finish waits until all clients have done what they had to do.
func (s *stage) finish() error {
	return s.Settle(func() error {
		for _, c := range s.clients {
			if !c.ended {
				return fmt.Errorf("client %d is still at work", c.number)
			}
		}
		return nil
	}, 10*time.Minute)
}

// linearizable judges a history.
func linearizable(h check.Registers) check.Judgement {
	return check.Linearizable(check.Register(), h, check.Options{Timeout: time.Minute})
}

// demand turns a judgement into an error.
func demand(j check.Judgement) error {
	if j.Verdict == check.OK {
		return nil
	}
	return fmt.Errorf("%v", j)
}
