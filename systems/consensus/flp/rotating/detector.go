package rotating

import (
	"time"

	"github.com/parleysystems/parley/node"
)

// detector suspects who was not heard of for a while. Each time that it was wrong
// about somebody it becomes more patient with them: once delays are bounded it is
// wrong finitely often (eventually perfect).
type detector struct {
	env       node.Env
	members   []node.Addr
	me        int
	every     time.Duration
	heard     []time.Duration
	patience  []time.Duration
	suspected []bool
	mistakes  int
	timer     node.Timer
	suspect   func(place int) // is called when a suspicion begins
}

func (d *detector) start() {
	d.heard = make([]time.Duration, len(d.members))
	d.suspected = make([]bool, len(d.members))
	d.timer = d.env.Timer(d.tick)
	d.tick()
}

// tick tells the others that this process is there, and looks who is not.
func (d *detector) tick() {
	now := d.env.Elapsed()
	d.timer.Reset(d.every)
	for i, a := range d.members {
		if i == d.me {
			continue
		}
		d.env.Send(a, &Alive{})
		if !d.suspected[i] && now-d.heard[i] > d.patience[i] {
			d.suspected[i] = true
			d.suspect(i)
		}
	}
}

// hear notes a sign of life.
func (d *detector) hear(place int) {
	d.heard[place] = d.env.Elapsed()
	if d.suspected[place] {
		d.suspected[place] = false
		d.mistakes++
		d.patience[place] += d.patience[place] / 2
	}
}

// count returns how many are suspected.
func (d *detector) count() (n int) {
	for _, s := range d.suspected {
		if s {
			n++
		}
	}
	return n
}
