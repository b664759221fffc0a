package multicasttest

import (
	"slices"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/systems/order/multicast"
	"github.com/parleysystems/parley/systems/order/ordertest"
)

// CausalOrder looks for a reply without its post.
var CausalOrder = swarmed{
	name: "causal-order",
	text: `Does anybody ever see a reply before the message that it answers? Two clients post to 2 to 5 sites over
links that lose, delay and reorder, while sites crash and come back and networks split. What a post may be an
answer to is taken from the site that it was posted at: everything delivered there before. Every delivery
anywhere is checked against that, without looking at vectors. When all is mended, everything is everywhere.
Concurrent posts may stand in different orders at different sites, and somewhere they do.`,
	canon:     []string{"multicast.causal.delivery-rule", "multicast.causal.no-reply-before-post"},
	sometimes: []string{"two sites differ in the order of concurrent posts", "a post was held back"},
	kind:      multicast.NewCausal,
	config: func(k *sim.Knobs, c *multicast.Config) {
		c.FIFO = k.Chance("fifo", 0.2)
		if k.Chance("pass-on", 0.5) {
			c.Relay, c.MaxKept = k.Duration("relay", 5*time.Millisecond, time.Second), k.Int("max-kept", 1, 64)
		}
	},
	watch: watchCausal,
	judge: func(r *ordertest.Run, g *Group) error {
		for place := range g.members {
			r.Marks.Sometimes("two sites differ in the order of concurrent posts", !slices.Equal(g.ids(place), g.ids(0)))
		}
		r.Marks.Sometimes("a post was held back", g.heldBack)
		return nil
	},
}.register()

// watchCausal checks every delivery against what its author had seen.
func watchCausal(g *Group) {
	past := map[uint64][]uint64{} // by post: what its site had delivered before
	g.delivering = func(place int, b *board, e Entry) {
		g.consecutive(place, b, e)
		causes, known := past[e.ID]
		if !known {
			if e.Delivery.From != place {
				g.object("post %d was delivered at %s before its own site had it", e.ID, g.members[place])
			}
			past[e.ID] = slices.Clone(b.ids)
			return
		}
		for _, cause := range causes {
			if !slices.Contains(b.ids, cause) {
				g.object("causal order: %s delivers post %d, which may answer post %d, without that", g.members[place], e.ID, cause)
				return
			}
		}
	}
	g.world.OnEvent(func() {
		for place := range g.members {
			if m := g.member(place); m != nil && m.Held() > 0 {
				g.heldBack = true
			}
		}
	})
}
