package quorumtest

import (
	"fmt"
	"math/bits"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/order/ordertest"
	"github.com/parleysystems/parley/systems/replication/quorum"
)

// Overlap looks for a read that misses a write.
var Overlap = experiment.Register(&experiment.Experiment{
	System: "consistency", Name: "overlap", Hosts: "3 to 7",
	Question: `Which numbers of copies must a write reach and a read ask, so that they meet? For 3 to 7 copies all pairs of
sets are tried: they meet exactly if R+W > N. Then three clients read and write registers on 3 to 7 copies, with R and W
drawn so that they just overlap, while links lose and reorder and as many copies crash as may; readers write back what
they return. Porcupine judges the history.`,
	Canon:     []string{"consistency.quorum.read-write-overlap"},
	Sometimes: []string{"R smaller than W", "W smaller than R", "a copy lacks what was read"},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		k := sim.NewKnobs(seed)
		hosts := ordertest.Hosts(k.Int("copies", 3, 7))
		return ordertest.Do(seed, o, ordertest.Setup{
			Sim: sim.Config{Link: sim.Link{Delay: sim.LongTail(k.Duration("delay", time.Millisecond, 20*time.Millisecond), 200*time.Millisecond),
				Reorder: 0.5, Loss: sim.Choose(k, "loss", 0, 0.1)}},
			Body: func(r *ordertest.Run) error { return overlap(r, hosts) },
		})
	},
})

func overlap(r *ordertest.Run, hosts []string) error {
	if err := enumerate(); err != nil {
		return err
	}
	s, n := newStage(r, hosts), len(hosts)
	cfg := quorum.Config{Copies: s.copies, Read: 1 + int(r.Seed)%n, WriteBack: true}
	cfg.Write = n + 1 - cfg.Read
	r.Marks.Sometimes("R smaller than W", cfg.Read < cfg.Write)
	r.Marks.Sometimes("W smaller than R", cfg.Write < cfg.Read)
	history := s.recorder()
	for i := range 3 {
		s.add(fmt.Sprint("x", i), &client{count: 15, pause: 30 * time.Millisecond, recorder: history, connect: quorumOf(cfg)})
	}
	s.crashes(n - max(cfg.Read, cfg.Write))
	if err := s.finish(); err != nil {
		return err
	}
	for _, a := range s.copies {
		c, up := r.World.Node(a).(*quorum.Copy)
		r.Marks.Sometimes("a copy lacks what was read", up && c.Stamp("k0") != s.latest("k0"))
	}
	return demand(linearizable(history.History()))
}

// latest is the latest stamp of a key anywhere.
func (s *stage) latest(key string) (best quorum.Stamp) {
	for _, a := range s.copies {
		if c, up := s.World.Node(a).(*quorum.Copy); up && best.Before(c.Stamp(key)) {
			best = c.Stamp(key)
		}
	}
	return best
}

// crashes takes as many copies away as may be, one after the other, and brings
// each back when the next one goes.
func (s *stage) crashes(most int) {
	for i := range 4 * min(most, 1) {
		at := time.Duration(100+250*i) * time.Millisecond
		host := s.World.Host(s.copies[(int(s.Seed)+i)%len(s.copies)].Host())
		s.World.After(at, host.Crash)
		s.World.After(at+200*time.Millisecond, host.Restart)
	}
}

// enumerate tries all pairs of sets.
func enumerate() error {
	for n := 3; n <= 7; n++ {
		copies := make([]node.Addr, n)
		for r := 1; r <= n; r++ {
			for w := 1; w <= n; w++ {
				meet, valid := allMeet(n, r, w), quorum.Config{Copies: copies, Read: r, Write: w}.Validate() == nil
				if meet != quorum.Overlap(n, r, w) || meet != valid {
					return fmt.Errorf("of %d copies, %d and %d always meet: %v; the condition says %v, and a client takes them: %v",
						n, r, w, meet, quorum.Overlap(n, r, w), valid)
				}
			}
		}
	}
	return nil
}

// allMeet tells whether every r of n have one in common with every w of them.
func allMeet(n, r, w int) bool {
	for a := range 1 << n {
		for b := range 1 << n {
			if bits.OnesCount(uint(a)) == r && bits.OnesCount(uint(b)) == w && a&b == 0 {
				return false
			}
		}
	}
	return true
}
