package checkpoint_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/serve/checkpoint"
	"github.com/parleysystems/parley/systems/order/snapshot"
)

// payment is money on its way, and the number of payments that led to it.
type payment struct {
	Euros uint64 `wire:"1"`
	Hops  uint64 `wire:"2"`
}

var _ = wire.Register[payment]("checkpoint_test.payment")

// till passes on a part of what it gets, at random, for ever.
type till struct {
	members []node.Addr
	env     node.Env
	euros   uint64
	hops    uint64 // the most that a payment to it had made
	begun   bool
}

func (b *till) Start(env node.Env) {
	b.env = env
	if b.begun {
		return // its payments are in the channels
	}
	b.begun = true
	for range 8 { // payments that are under way at a time
		b.pay(0)
	}
}

func (b *till) Receive(_ node.Addr, m node.Message) {
	p := m.(*payment)
	b.euros += p.Euros
	b.hops = max(b.hops, p.Hops)
	b.pay(p.Hops + 1)
}

// pay sends some of the money to another till.
func (b *till) pay(hops uint64) {
	euros := b.env.Rand().Uint64N(b.euros/2 + 1)
	to := b.members[b.env.Rand().IntN(len(b.members))]
	b.euros -= euros
	b.env.Send(to, &payment{euros, hops})
}

func (b *till) Snapshot() []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, b.euros), b.hops)
}

func (b *till) Restore(state []byte) error {
	if len(state) != 16 {
		return fmt.Errorf("a till restores from %d bytes", len(state))
	}
	b.euros, b.hops, b.begun = binary.BigEndian.Uint64(state), binary.BigEndian.Uint64(state[8:]), true
	return nil
}

const tills, each = 4, 1_000_000

// system is a group of live hosts.
type system struct {
	t       *testing.T
	hosts   []*live.Host
	members []node.Addr
}

// start starts it anew, or from a state.
func start(t *testing.T, from *snapshot.Global) *system {
	t.Helper()
	s := &system{t: t}
	var listeners []net.Listener
	for i := range tills {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		listeners = append(listeners, l)
		s.members = append(s.members, node.Join(fmt.Sprint("h", i), "till"))
	}
	for i, m := range s.members {
		peers := map[string]string{}
		for j, other := range s.members {
			if i != j {
				peers[other.Host()] = listeners[j].Addr().String()
			}
		}
		host, err := live.Open(live.Config{Name: m.Host(), Dir: t.TempDir(), Listener: listeners[i], Peers: peers})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { host.Close() })
		s.hosts = append(s.hosts, host)
	}
	for i, host := range s.hosts {
		cfg := snapshot.Config{Members: s.members}
		err := host.Serve("till", func() node.Node {
			p := &till{members: s.members, euros: each}
			if from == nil {
				return snapshot.New(cfg, p)
			}
			cfg.Epoch = from.Epoch + 1
			return snapshot.Resume(cfg, p, from.Parts[i])
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func (s *system) stop() {
	for _, h := range s.hosts {
		if err := h.Close(); err != nil {
			s.t.Error(err)
		}
	}
}

// money adds up a state: what the tills hold, and what is on its way, in how many
// payments.
func money(t *testing.T, g *snapshot.Global) (euros uint64, payments int, hops uint64) {
	t.Helper()
	for to, part := range g.Parts {
		euros += binary.BigEndian.Uint64(part.State)
		hops = max(hops, binary.BigEndian.Uint64(part.State[8:]))
		for from := range g.Parts {
			flying, err := g.InFlight(from, to)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range flying {
				euros += m.(*payment).Euros
				payments++
			}
		}
	}
	return euros, payments, hops
}

// Every till begins snapshots, several at a time, while payments go on: in all of
// them there is all the money, and no payment has stopped.
func TestALiveSystemIsRecordedWhileItPays(t *testing.T) {
	s := start(t, nil)
	var (
		all    sync.WaitGroup
		mu     sync.Mutex
		states []*snapshot.Global
	)
	for _, h := range s.hosts {
		for range 2 {
			all.Go(func() {
				for range 10 {
					g, err := checkpoint.Take(t.Context(), h, "till")
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					states = append(states, g)
					mu.Unlock()
				}
			})
		}
	}
	all.Wait()
	var hops []uint64
	for _, g := range states {
		euros, payments, h := money(t, g)
		if euros != tills*each || payments != tills*8 {
			t.Errorf("%v has %d euros, and %d payments on their way", g.ID, euros, payments)
		}
		hops = append(hops, h)
	}
	if len(states) != 2*10*tills || slices.Max(hops) <= slices.Min(hops) {
		t.Errorf("%d states; the payments did not go on: %v", len(states), hops)
	}
}

// All hosts are lost. Others go on from the checkpoint, with all the money.
func TestALiveSystemGoesOnFromACheckpoint(t *testing.T) {
	s := start(t, nil)
	g, err := checkpoint.Take(t.Context(), s.hosts[1], "till")
	if err != nil {
		t.Fatal(err)
	}
	s.stop()
	name := filepath.Join(t.TempDir(), "tills")
	for range 2 { // the second takes the first one's place
		if err := checkpoint.Write(name, g); err != nil {
			t.Fatal(err)
		}
	}
	read, err := checkpoint.Read(name)
	if err != nil {
		t.Fatal(err)
	}
	_, _, before := money(t, read)
	resumed := start(t, read)
	for deadline := time.Now().Add(30 * time.Second); ; {
		later, err := checkpoint.Take(t.Context(), resumed.hosts[2], "till")
		if err != nil {
			t.Fatal(err)
		}
		euros, payments, hops := money(t, later)
		if euros != tills*each || payments != tills*8 || later.Epoch != g.Epoch+1 {
			t.Fatalf("epoch %d has %d euros, and %d payments on their way", later.Epoch, euros, payments)
		}
		if hops > before {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the resumed system does not pay")
		}
	}
}

func TestDamagedFilesAreRefused(t *testing.T) {
	s := start(t, nil)
	g, err := checkpoint.Take(t.Context(), s.hosts[0], "till")
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "tills")
	if err := checkpoint.Write(name, g); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	flipped := slices.Clone(good)
	flipped[len(flipped)/2] ^= 1
	for what, b := range map[string][]byte{"a bit": flipped, "cut short": good[:len(good)-3], "nothing": nil, "text": []byte("PARLEYCP and no more")} {
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := checkpoint.Read(name); !errors.Is(err, checkpoint.ErrDamaged) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := checkpoint.Take(t.Context(), s.hosts[0], "nobody"); err == nil {
		t.Error("a service that there is not is recorded")
	}
	if err := checkpoint.Write(filepath.Join(name, "below a file"), g); err == nil {
		t.Error("a file below a file is written")
	}
}
