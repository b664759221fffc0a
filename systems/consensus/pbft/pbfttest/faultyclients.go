package pbfttest

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/pbft"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// FaultyClients has a client that does what it can.
var FaultyClients = register(aim{
	name: "faulty-clients", hosts: "4", enough: 3, sometimes: []string{"client doubted", "client forgiven"},
	question: `What can a faulty client do? It sends different requests under one timestamp to different replicas, requests that only one
replica can verify, malformed ones, writes to other clients' data, and rubbish to its own, while two correct clients work. Replicas must stay equal, the correct clients' operations must end, unauthorised writes
must be refused, and rubbish must lie among its own data alone; and it may cost few view changes, however often it tries: each doubt lasts longer than the last.`,
	canon: []string{"pbft.client.faulty-clients"},
	draw: func(k *sim.Knobs, t *Trial) {
		t.Config.Config, t.Config.Outsiders, t.Load.Own = fast, []string{"y"}, true
		t.Config.Machine = func(host string) rsm.StateMachine {
			return &Vault{Ledger: t.Cluster.ledger(host)}
		}
		t.Load.Mix.CAS, t.Load.Each, t.Duration = 0, 30, 3*time.Second
		good := sim.Choose(k, "verifiers", 1, 1, 1, 2)
		t.Script = func(t *Trial) error {
			m := &mischief{t: t, y: t.Cluster.puppets["y"], good: good}
			t.Cluster.World.After(20*time.Millisecond, m.next)
			return nil
		}
		t.Judge = judgeMischief
	},
})

// mischief is the faulty client's program.
type mischief struct {
	t     *Trial
	y     *puppet
	good  int
	stamp pbft.Timestamp
}

func (m *mischief) next() {
	if m.t.Load.stopped {
		return
	}
	m.stamp++
	addr := m.y.env.Self()
	request := func(key, value string) *pbft.Request {
		op := Encode(&rsmtest.Op{ID: Probe + 100 + uint64(m.stamp), Verb: 2, Key: key, Value: value})
		return m.y.voice.Sign(m.y.voice.Seal(&pbft.Request{Client: addr, Timestamp: m.stamp, Op: op}).(*pbft.Request))
	}
	m.t.Cluster.World.Do(addr, func(node.Node) {
		for i, to := range m.t.Cluster.members {
			switch m.stamp % 6 {
			case 0: // two requests under one timestamp
				m.y.env.Send(to, request("y/k", fmt.Sprint("rubbish ", i%2)))
			case 1, 3: // only the primary can verify it, and perhaps one more
				m.y.env.Send(to, m.partial(request("y/k", "rubbish")))
			case 2:
				q := &pbft.Request{Client: addr, Timestamp: m.stamp, Op: []byte{255, 255, 1}}
				m.y.env.Send(to, m.y.voice.Sign(q))
			case 4:
				m.y.env.Send(to, request("x0/k0", "rubbish"))
			case 5: // in another client's name
				q := *request("x0/k0", "rubbish")
				q.Client, q.Timestamp = m.t.Cluster.Clients[0].addr, 1<<50
				m.y.env.Send(to, &q)
			}
		}
	})
	m.t.Cluster.World.After(40*time.Millisecond, m.next)
}

// partial leaves of an authenticator the tag for the primary of the moment, and, by
// seed, that for the replica behind it.
func (m *mischief) partial(q *pbft.Request) *pbft.Request {
	v, _ := m.t.Cluster.Replica("a").View()
	q.Signature = nil
	for i := range m.t.Cluster.members {
		if behind := (i - int(v%4) + 4) % 4; behind >= m.good {
			clear(q.Auth[16*i : 16*i+16])
		}
	}
	return q
}

func judgeMischief(t *Trial) error {
	t.Marks.Sometimes("client doubted", t.Notes.Counts["client doubted"] > 0)
	t.Marks.Sometimes("client forgiven", t.Notes.Counts["client forgiven"] > 0)
	for _, h := range t.Cluster.Hosts() {
		v := t.Cluster.Replica(h).Machine().(*Vault)
		for _, x := range []string{"x0", "x1"} {
			for k := range 3 {
				if value := v.Value(fmt.Sprintf("%s/k%d", x, k)); len(value) > 6 && value[:7] == "rubbish" {
					return fmt.Errorf("rubbish among the data of %s at %s", x, h)
				}
			}
		}
		if v.Refused == 0 {
			return fmt.Errorf("nothing was refused at %s", h)
		}
		if v.Value("y/k") == "" {
			return fmt.Errorf("a client may not write rubbish to its own data at %s", h)
		}
	}
	// A third of what it sends is lies, and the third doubt of a replica lasts for sixteen
	// requests: so few of 25 lies get as far as that.
	if n := t.Notes.Counts["view change"] / len(t.Cluster.Hosts()); n > 6 {
		return fmt.Errorf("a faulty client has caused %d view changes", n)
	}
	return nil
}
