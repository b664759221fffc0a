package multicasttest

import (
	"fmt"
	"slices"
	"time"

	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/systems/order/multicast"
	"github.com/parleysystems/parley/systems/order/ordertest"
)

// script is an experiment without randomness, on links of one millisecond.
type script struct {
	name, text, hosts string
	canon             []string
	play              func(*ordertest.Run) error
}

func (s script) register() *experiment.Experiment {
	return experiment.Register(&experiment.Experiment{
		System: "multicast", Name: s.name, Question: s.text, Canon: s.canon, Hosts: s.hosts, Once: true,
		Run: func(seed uint64, o experiment.Options) experiment.Result {
			return ordertest.Do(seed, o, ordertest.Setup{
				Sim:   sim.Config{Link: fast},
				Timed: true,
				Body:  s.play,
			})
		},
	})
}

// Links of scripts. Slow ones hold a message back until all else is over.
var (
	fast = sim.Link{Delay: sim.Constant(time.Millisecond), Reorder: 1}
	slow = sim.Link{Delay: sim.Constant(time.Second), Reorder: 1}
)

// patient keeps channels from sending again while a slow message is on its way.
var patient = multicast.Config{Resend: 10 * time.Second}

// UnorderedDiverges is the deposit and the interest.
var UnorderedDiverges = script{
	name: "unordered-diverges", hosts: "4",
	text: `What do copies of a database come to that apply updates as they arrive? Two copies of an account of 1000
get a deposit of 100 at the one and one per cent of interest at the other, at the same time. Delivered on
arrival, they end at 1111 and 1110, for good. Two other copies use totally ordered multicast and agree.`,
	canon: []string{"multicast.total.unordered-updates-diverge"},
	play: func(r *ordertest.Run) error {
		plain := newGroup(r.World, []string{"a", "b"}, multicast.NewArrival, patient)
		total := newGroup(r.World, []string{"c", "d"}, multicast.NewTotal, patient)
		for _, g := range []*Group{plain, total} {
			if err := submitAll(g, []uint64{deposit, interest}); err != nil {
				return err
			}
		}
		if err := r.Settle(total.quiet, time.Minute); err != nil {
			return err
		}
		if a, b := balance(plain.ids(0)), balance(plain.ids(1)); a != 1111 || b != 1110 {
			return fmt.Errorf("copies that apply updates on arrival end at %d and %d, want 1111 and 1110", a, b)
		}
		if c, d := balance(total.ids(0)), balance(total.ids(1)); c != d {
			return fmt.Errorf("copies that use totally ordered multicast end at %d and %d", c, d)
		}
		return nil
	},
}.register()

// The two updates, which do not commute.
const (
	deposit  = 1
	interest = 2
)

func balance(updates []uint64) int {
	account := 1000
	for _, u := range updates {
		if u == deposit {
			account += 100
		} else {
			account += account / 100
		}
	}
	return account
}

// submitAll has member i of a group multicast ids[i], all at once.
func submitAll(g *Group, ids []uint64) error {
	for place, id := range ids {
		if err := g.submit(place, id); err != nil {
			return fmt.Errorf("submit %d at %s: %w", id, g.members[place], err)
		}
	}
	return nil
}

// AcknowledgeOnReceipt is the pair of switches.
var AcknowledgeOnReceipt = script{
	name: "acknowledge-on-receipt", hosts: "6",
	text: `Does totally ordered multicast need FIFO channels? That depends on when an update is acknowledged. Three
pairs of replicas play one schedule: the first submits x, which is long on its way; the second submits y with
a larger stamp; the first acknowledges y, and that acknowledgement overtakes x. A pair that acknowledges on
receipt over channels that reorder executes y before x at the one and after it at the other. With FIFO
channels, or acknowledging only at the head of the queue, the same schedule does no harm.`,
	canon: []string{"multicast.total.queue-and-ack"},
	play: func(r *ordertest.Run) error {
		onReceipt, ordered := patient, patient
		onReceipt.OnReceipt = true
		ordered.OnReceipt, ordered.FIFO = true, true
		broken := newGroup(r.World, []string{"a", "b"}, multicast.NewTotal, onReceipt)
		fifo := newGroup(r.World, []string{"c", "d"}, multicast.NewTotal, ordered)
		atHead := newGroup(r.World, []string{"e", "f"}, multicast.NewTotal, patient)
		for _, g := range []*Group{broken, fifo, atHead} {
			if err := overtake(r, g); err != nil {
				return err
			}
		}
		if a, b := broken.ids(0), broken.ids(1); slices.Equal(a, b) {
			return fmt.Errorf("acknowledging on receipt without FIFO channels was to fail, and both executed %v", a)
		}
		for _, g := range []*Group{fifo, atHead} {
			if a, b := g.ids(0), g.ids(1); !slices.Equal(a, []uint64{x, y}) || !slices.Equal(b, a) {
				return fmt.Errorf("%s executed %v, %s executed %v; want x before y at both", g.members[0], a, g.members[1], b)
			}
		}
		return nil
	},
}.register()

// The two updates of the schedule; x has the smaller stamp.
const (
	x = 1
	y = 2
)

// overtake plays the schedule with a pair.
func overtake(r *ordertest.Run, g *Group) error {
	first, second := g.members[0].Host(), g.members[1].Host()
	r.World.Shape(first, second, slow)
	if err := g.submit(0, x); err != nil {
		return err
	}
	r.World.Run(10 * time.Millisecond) // x has left
	r.World.Shape(first, second, fast)
	if err := g.submit(1, y); err != nil {
		return err
	}
	return r.Settle(func() error {
		if len(g.ids(0)) < 2 || len(g.ids(1)) < 2 {
			return fmt.Errorf("%s executed %v, %s %v", first, g.ids(0), second, g.ids(1))
		}
		return nil
	}, time.Minute)
}

// BulletinBoard is the notes' example.
var BulletinBoard = script{
	name: "bulletin-board", hosts: "4",
	text: `Can a reader see a reply before the post that it answers? There are a poster, a replier and a
reader, and the post is slow on its way to the reader. The reply, which says by
its vector that it comes after the post, waits at the reader until the post is there. A fourth site's post,
which has nothing to do with either, is delivered at the reader meanwhile. (By the rule that counts receive
events too, the reply would carry (1,2,0), and the missing post would not show.)`,
	canon: []string{"multicast.causal.delivery-rule", "multicast.causal.no-reply-before-post"},
	play:  playBoard,
}.register()

func playBoard(r *ordertest.Run) error {
	const post, reply, other = 1, 2, 3
	const poster, replier, reader, stranger = 0, 1, 2, 3
	g := newGroup(r.World, []string{"poster", "replier", "reader", "stranger"}, multicast.NewCausal, patient)
	var vector string
	g.delivering = func(_ int, _ *board, e Entry) {
		if e.ID == reply {
			vector = fmt.Sprint(e.Delivery.Vector)
		}
	}
	r.World.Shape("poster", "reader,stranger", slow)
	r.World.Shape("replier", "stranger", slow) // so that its post answers nothing
	if err := g.submit(poster, post); err != nil {
		return err
	}
	r.World.Run(10 * time.Millisecond)
	if err := g.submit(replier, reply); err != nil {
		return err
	}
	r.World.Run(10 * time.Millisecond)
	if got := g.ids(reader); len(got) != 0 || g.member(reader).Held() != 1 {
		return fmt.Errorf("the reader shows %v and holds %d posts back; the reply should wait for its post", got, g.member(reader).Held())
	}
	if err := g.submit(stranger, other); err != nil {
		return err
	}
	r.World.Run(10 * time.Millisecond)
	if got := g.ids(reader); !slices.Equal(got, []uint64{other}) {
		return fmt.Errorf("the reader shows %v; a concurrent post need not wait", got)
	}
	if err := r.Settle(g.quiet, time.Minute); err != nil {
		return err
	}
	if got := g.ids(reader); !slices.Equal(got, []uint64{other, post, reply}) || vector != "[1 1 0 0]" {
		return fmt.Errorf("the reader shows %v, and the reply's vector is %s", got, vector)
	}
	return nil
}
