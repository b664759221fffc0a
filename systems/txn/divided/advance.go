package divided

import (
	"fmt"

	"github.com/parleysystems/parley/systems/txn/scheme"
)

// advance goes on with a branch as far as it can. If it has to wait for a ticket, it is
// called again after that.
func (o *Owner) advance(b *branch) {
	for more := true; more; {
		err := b.step()
		if ticket, waits := scheme.Waiting(err); waits {
			o.stats.Waited++
			ticket.Then(func() { o.ready = append(o.ready, b) })
			return
		}
		more = o.next(b, err)
	}
}

// Resume goes on with the branches whose tickets have fired. Most do within calls of the
// scheme, after which it is called; who fires others calls it himself.
func (o *Owner) Resume() {
	for len(o.ready) > 0 {
		b := o.ready[0]
		o.ready = o.ready[1:]
		o.advance(b)
	}
}

// next sees what comes after a step, and tells whether that is another one.
func (o *Owner) next(b *branch, err error) (more bool) {
	if err != nil {
		o.fails(b, err)
		return true
	}
	switch {
	case b.stage == executes && b.home:
		b.stage = commits
		return true
	case b.stage == executes:
		b.stage = prepares
		return true
	case b.stage == prepares:
		o.stats.Yes++
		o.undecided = append(o.undecided, undecided{timestamp: b.timestamp})
		p := b.part
		b.part = nil
		o.say(p.of.home.owner, Message{word: vote, part: p, branch: b})
		return false
	}
	o.ended(b)
	return false
}

// fails turns to undoing. What has promised to commit, or is being undone, does not fail
// over a store in memory.
func (o *Owner) fails(b *branch, err error) {
	if b.stage == undoes || b.stage == commits && !b.home {
		panic(fmt.Sprintf("divided: owner %d cannot do what was decided: %v", o.number, err))
	}
	b.stage, b.abort = undoes, err
}

// ended tells whom it concerns that a branch is committed or undone: of the
// coordinator's that is the decision, and of one that failed before its vote that is a no.
func (o *Owner) ended(b *branch) {
	p, home, abort := b.part, b.home, b.abort
	o.forget(b)
	switch {
	case home && abort != nil && o.passing(p.of, abort):
		o.wait(p.of)
	case home:
		o.tell(p.of, abort)
	case abort != nil:
		o.stats.No++
		o.say(p.of.home.owner, Message{word: vote, part: p, refused: abort})
	}
}
