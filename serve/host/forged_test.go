package host_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/parleysystems/parley/kernel/disk"
	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/serve/host"
)

// mallory is a host that speaks the hosts' protocol and says what it likes.
type mallory struct {
	t      testing.TB
	host   *live.Host
	random *rand.Rand
	to     []node.Addr
}

// intruder is the node that mallory sends from.
type intruder struct{ env node.Env }

func (i *intruder) Start(env node.Env)              { i.env = env }
func (i *intruder) Receive(node.Addr, node.Message) {}

// services are all that hosts serve, whatever their engine.
var services = []string{host.Service, host.RollService, "views", "configuration"}

// newMallory connects under a name. On loopback, where no credentials are needed,
// every name is believed: it is what the owner of a certificate for that name could
// do elsewhere.
func newMallory(c *cluster, name string, seed uint64) *mallory {
	c.t.Helper()
	m := &mallory{t: c.t, random: rand.New(rand.NewPCG(seed, 0))}
	peers := map[string]string{}
	for _, member := range c.members {
		if c.hosts[member.Name] != nil {
			peers[member.Name] = member.Peer
			for _, s := range services {
				m.to = append(m.to, node.Join(member.Name, s))
			}
		}
	}
	var err error
	if m.host, err = live.Open(live.Config{Name: name, Cluster: "test", Peers: peers, Disk: disk.NewFaulty()}); err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { m.host.Close() })
	if err := m.host.Serve(host.Service, func() node.Node { return &intruder{} }); err != nil {
		c.t.Fatal(err)
	}
	return m
}

// say sends messages of every type that is known, to every service of every host.
func (m *mallory) say(rounds int) {
	m.t.Helper()
	for range rounds {
		sent := make(chan int, 1)
		err := m.host.Do(host.Service, func(n node.Node) {
			count := 0
			for _, name := range wire.Names() {
				for _, to := range m.to {
					message := wire.New(name)
					m.fill(reflect.ValueOf(message).Elem(), 4)
					if _, err := wire.Marshal(message); err == nil {
						n.(*intruder).env.Send(to, message)
						count++
					}
				}
			}
			sent <- count
		})
		if err != nil {
			m.t.Fatal(err)
		}
		if count := <-sent; count < 100 {
			m.t.Fatalf("only %d messages could be sent", count)
		}
	}
}

// fill sets a value to something: often what could be right, often the extremes.
func (m *mallory) fill(v reflect.Value, depth int) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				m.fill(v.Field(i), depth-1)
			}
		}
	case reflect.Pointer:
		if depth > 0 && m.random.IntN(8) > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			m.fill(v.Elem(), depth-1)
		}
	case reflect.Slice:
		if n := m.random.IntN(4); depth > 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
		}
		fallthrough
	case reflect.Array:
		for i := range v.Len() {
			m.fill(v.Index(i), depth-1)
		}
	case reflect.Interface:
		if names := wire.Names(); depth > 0 {
			inner := reflect.ValueOf(wire.New(names[m.random.IntN(len(names))]))
			if inner.Type().AssignableTo(v.Type()) {
				m.fill(inner.Elem(), depth-1)
				v.Set(inner)
			}
		}
	default:
		m.scalar(v)
	}
}

func (m *mallory) scalar(v reflect.Value) {
	number := []uint64{0, 1, 2, 3, 4, uint64(m.random.IntN(1000)), math.MaxUint32, math.MaxInt64, math.MaxUint64}[m.random.IntN(9)]
	switch {
	case v.CanUint():
		v.SetUint(number & (math.MaxUint64 >> (64 - v.Type().Bits())))
	case v.CanInt():
		v.SetInt(int64(number) >> (64 - v.Type().Bits()))
	case v.Kind() == reflect.Bool:
		v.SetBool(number%2 == 0)
	case v.Kind() == reflect.String:
		v.SetString([]string{"", "a/store", "b/store", "c/store", "d/store", "mallory/store", "\xff\x00"}[m.random.IntN(7)])
	}
}

// few is more leaders than a busy machine's hosts can need during a test, where numbers
// rise by 2^20 from one to the next, as Multi-Paxos's do. Mallory's are of all sizes: once
// a host takes one up, there is no end to it.
const few = 64 << 20

// TestWhatAStrangerSaysToHostsIsIgnored: who has credentials, but is no host of the
// cluster, cannot speak its protocols: nobody takes up her numbers, she gets no place, and
// nothing is lost.
func TestWhatAStrangerSaysToHostsIsIgnored(t *testing.T) {
	for _, engine := range host.Engines() {
		t.Run(engine, func(t *testing.T) {
			c := newCluster(t, engine)
			c.works("before")
			before := c.leadership()
			m := newMallory(c, "mallory", 1)
			for round := range 3 {
				m.say(4)
				c.works(fmt.Sprint("round ", round))
				c.unhurt()
			}
			after := c.leadership()
			if _, is := c.hosts[after.leader]; !is || after.members > len(c.members) || after.epoch > before.epoch+few {
				t.Errorf("it was led by %+v, and now by %+v", before, after)
			} else if after != before {
				t.Logf("%s was led by %+v, and now by %+v: a busy machine's host was too slow for the others", engine, before, after)
			}
		})
	}
}

// leadership is who leads, under which number, and how many hosts.
type leadership struct {
	leader  string
	epoch   uint64
	members int
}

// leadership waits until a host knows of one.
func (c *cluster) leadership() (all leadership) {
	c.t.Helper()
	c.await("a host knows who leads", func(context.Context) error {
		for _, h := range c.hosts {
			if s := h.Status(); s.Leader != "" {
				all = leadership{s.Leader, s.Epoch, s.Members}
				return nil
			}
		}
		return errors.New("none does")
	})
	return all
}

// TestOneOfFourThatSaysAnythingIsSurvivedByPBFT: a host of the cluster itself.
func TestOneOfFourThatSaysAnythingIsSurvivedByPBFT(t *testing.T) {
	c := newCluster(t, "pbft")
	c.works("before")
	c.stop("d")
	m := newMallory(c, "d", 2)
	for round := range 3 {
		m.say(4)
		c.works(fmt.Sprint("round ", round))
		c.unhurt()
	}
}
