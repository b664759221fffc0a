package relay

import "github.com/parleysystems/parley/systems/replication/rsm"

// Recruit is a replica that does not count yet. While it is far behind, commands
// are committed without it; when it is near they wait for it, so that there is an
// end to its catching up; it counts as soon as it has all that was committed.
type Recruit struct {
	*Sender
	// Began is where the history ended when the replica was recruited: of what is
	// before, somebody may have been told that it is committed.
	Began rsm.Index
	// Joint: nothing is committed any more that it does not have.
	Joint bool
}

// Near makes commands wait for the recruit from now on if it is near enough.
func (c *Recruit) Near() {
	if c.Fits && c.Acked+rsm.Index(c.r.Limits.MaxInflight) >= max(c.r.commit, c.Began) {
		c.Joint = true
	}
}

// Complete tells whether the recruit has all that anybody was ever told of.
func (c *Recruit) Complete() bool {
	//parley:rule primarybackup.transfer.op-before-or-after value=c.Began
	need := max(c.r.commit, c.Began)
	return c.Joint && c.Acked >= need
}
