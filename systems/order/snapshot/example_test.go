package snapshot_test

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/order/snapshot"
)

// Payment is money on its way.
type Payment struct {
	Euros uint64 `wire:"1"`
}

var _ = wire.Register[Payment]("example.Payment")

// Till is a process that is to be recorded.
type Till struct {
	env   node.Env
	euros uint64
}

// Start implements node.Node.
func (t *Till) Start(env node.Env) { t.env = env }

// Receive implements node.Node.
func (t *Till) Receive(_ node.Addr, m node.Message) { t.euros += m.(*Payment).Euros }

// Pay sends money to another till.
func (t *Till) Pay(to node.Addr, euros uint64) {
	t.euros -= euros
	t.env.Send(to, &Payment{euros})
}

// Snapshot implements snapshot.Process.
func (t *Till) Snapshot() []byte { return binary.BigEndian.AppendUint64(nil, t.euros) }

// Restore implements snapshot.Process.
func (t *Till) Restore(state []byte) error {
	if len(state) != 8 {
		return fmt.Errorf("a till restores from %d bytes", len(state))
	}
	t.euros = binary.BigEndian.Uint64(state)
	return nil
}

// Two tills with 100 euros each are recorded while 30 are on their way.
func Example() {
	w := sim.New(sim.Config{Seed: 1})
	defer w.Close()
	members := []node.Addr{"paris/till", "oslo/till"}
	for _, m := range members {
		w.Host(m.Host()).Serve(m.Service(), func() node.Node {
			return snapshot.New(snapshot.Config{Members: members}, &Till{euros: 100})
		})
	}
	w.Do("paris/till", func(n node.Node) { n.(*snapshot.Layer).Process().(*Till).Pay("oslo/till", 30) })
	w.Do("oslo/till", func(n node.Node) {
		_, err := n.(*snapshot.Layer).Initiate(func(g *snapshot.Global, err error) {
			if err != nil {
				fmt.Println(err)
				return
			}
			for p, m := range g.Members {
				fmt.Println(m, binary.BigEndian.Uint64(g.Parts[p].State))
			}
			flying, err := g.InFlight(0, 1)
			fmt.Println("on its way", flying[0].(*Payment).Euros, err)
		})
		if err != nil {
			fmt.Println(err)
		}
	})
	w.Run(time.Second)

	// Output:
	// paris/till 70
	// oslo/till 100
	// on its way 30 <nil>
}
