package twophase

import (
	"slices"
	"time"
)

// This file is the coordinator's timer.

func (c *Coordinator) after(d time.Duration) time.Duration { return c.env.Elapsed() + d }

// arm keeps the timer running while something is unfinished.
func (c *Coordinator) arm() {
	if !c.ticking && len(c.active)+len(c.inquests) > 0 {
		c.ticking = true
		c.tick.Reset(min(c.cfg.ResendAfter, c.cfg.VoteTimeout) / 2)
	}
}

func (c *Coordinator) onTick() {
	c.ticking = false
	c.lookAfter(c.env.Elapsed())
	c.arm()
}

// Expire acts as if everything that waits had waited for too long.
func (c *Coordinator) Expire() {
	c.lookAfter(1<<63 - 1)
	c.arm()
}

// lookAfter loses patience with what is due.
func (c *Coordinator) lookAfter(now time.Duration) {
	for _, t := range slices.Clone(c.active) {
		switch {
		case t.due > now || t.phase == deciding:
		case t.phase == begun:
			c.forget(t) // nobody voted: its participants give it up likewise
		case t.phase == voting:
			c.decide(t, Aborted) // nobody was told to commit
		default:
			c.announce(t)
		}
	}
	c.askAgain(now)
}
