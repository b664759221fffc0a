package raft

import (
	"log/slog"
	"slices"
	"time"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// change is a change of membership under this leader (§6). Its steps are
// entries of the log:
//
//	learn   new voters join as learners, until they have caught up
//	joint   C-old,new: both sets of voters must agree
//	final   C-new, appended only once C-old,new is committed
//
// Any later leader that finds C-old,new in its log takes the last step; who
// asked for the change then does not learn its outcome here.
type change struct {
	target   *Configuration
	deadline time.Duration // for the learners' next progress
	progress Index         // the least of the learners' matches
	joined   bool          // the joint (or only) entry is in the log
	done     func(error)
}

// Reconfigure makes members the membership.
func (r *Raft) Reconfigure(members []rsm.Member, done func(error)) {
	l := &r.leading
	target := configurationOf(members)
	at, now := r.configs.latest()
	switch {
	case r.role != leader:
		done(rsm.ErrNotLeader)
	case target == nil:
		done(rsm.ErrRefused)
	case l.change != nil || l.transfer != nil || now.joint() || at > r.commit || !r.knowsCommit():
		done(rsm.ErrBusy)
	case r.promotesTooEarly(target):
		done(rsm.ErrRefused)
	case now.equal(target):
		done(nil)
	default:
		l.change = &change{target: target, deadline: r.env.Elapsed() + r.patience(), done: done}
		r.teach()
	}
}

// promotesTooEarly tells whether the target makes a voter of a learner that lacks
// more than a tenth of the log, or has fallen silent. One that is not there would
// never get the rest, and whoever asks can ask again; a server that joins as a
// voter is taught first.
func (r *Raft) promotesTooEarly(target *Configuration) bool {
	silent := r.env.Elapsed() - 2*r.cfg.ElectionTimeout
	for _, a := range target.Voters {
		if !contains(r.config().Learners, a) {
			continue
		}
		if p := r.peer(a); p.match*10 < r.commit*9 || p.heard < silent {
			return true
		}
	}
	return false
}

// configurationOf returns the members as a configuration, or nil if they are
// none: without a voter, or with somebody named twice.
func configurationOf(members []rsm.Member) *Configuration {
	c := &Configuration{}
	for _, m := range members {
		if m.Learner {
			c.Learners = append(c.Learners, m.Addr)
		} else {
			c.Voters = append(c.Voters, m.Addr)
		}
	}
	c.Voters, c.Learners = sortedAddrs(c.Voters), sortedAddrs(c.Learners)
	if len(c.Voters) == 0 || len(c.all()) != len(members) {
		return nil
	}
	return c
}

func (c *Configuration) equal(d *Configuration) bool {
	return slices.Equal(c.Voters, d.Voters) && slices.Equal(c.Old, d.Old) && slices.Equal(c.Learners, d.Learners)
}

// patience is how long a new server may take to make any progress.
func (r *Raft) patience() time.Duration { return 10 * r.cfg.ElectionTimeout }

// newVoters returns who becomes a voter by the change.
func (r *Raft) newVoters() []node.Addr {
	var fresh []node.Addr
	for _, a := range r.leading.change.target.Voters {
		if !r.config().isVoter(a) {
			fresh = append(fresh, a)
		}
	}
	return fresh
}

// teach adds the new voters as learners: were they voters at once, the group
// could commit nothing until they have caught up (§6).
func (r *Raft) teach() {
	now := r.config()
	learners := sortedAddrs(now.Learners, r.newVoters())
	if !slices.Equal(learners, now.Learners) {
		r.proposeConfiguration(&Configuration{Voters: now.Voters, Learners: learners})
	}
	r.advanceChange()
}

// advanceChange takes the next step when the learners have caught up and the
// configuration before it is committed.
func (r *Raft) advanceChange() {
	ch := r.leading.change
	if ch == nil || ch.joined {
		return
	}
	if at, _ := r.configs.latest(); at > r.commit || !r.caughtUp() {
		return
	}
	now := r.config()
	ch.joined = true
	next := ch.target
	if !slices.Equal(now.Voters, next.Voters) {
		//parley:rule raft.config.direct-switch-unsafe value=ch.target
		next = &Configuration{Voters: ch.target.Voters, Old: now.Voters, Learners: ch.target.Learners}
	}
	r.proposeConfiguration(next)
}

// caughtUp tells whether all new voters have what is committed. While they make
// progress they are given time.
func (r *Raft) caughtUp() bool {
	ch, least := r.leading.change, r.commit
	for _, a := range r.newVoters() {
		least = min(least, r.peer(a).match)
	}
	if least > ch.progress {
		ch.progress, ch.deadline = least, r.env.Elapsed()+r.patience()
	}
	return least >= r.commit
}

// giveUpChange ends a change whose new servers do not answer. They stay
// learners.
func (r *Raft) giveUpChange() {
	ch := r.leading.change
	if ch != nil && !ch.joined && r.env.Elapsed() >= ch.deadline {
		r.leading.change = nil
		ch.done(rsm.ErrUnknown)
	}
}

func (r *Raft) proposeConfiguration(c *Configuration) {
	r.env.Note("configuration", slog.String("members", c.String()))
	r.propose(ConfigurationEntry, c.encode())
}

// adopt puts a configuration in force that this leader has just appended.
// Servers that leave are sent it, so that they know; they count no more.
func (r *Raft) adopt(i Index) {
	r.leading.departing = r.config().all()
	if err := r.adoptConfigurations(i); err != nil {
		panic(err) // we encoded it
	}
	r.assemble()
}

// resumeChange finishes a change that an earlier leader left half done.
func (r *Raft) resumeChange() {
	if at, c := r.configs.latest(); c.joint() && at <= r.commit {
		r.proposeConfiguration(&Configuration{Voters: c.Voters, Learners: c.Learners})
	}
}

// onConfigurationCommitted takes the step that may follow.
func (r *Raft) onConfigurationCommitted(i Index) {
	at, c := r.configs.latest()
	if r.role != leader || at != i {
		return
	}
	if c.joint() {
		r.resumeChange()
		return
	}
	r.leading.departing = nil
	if ch := r.leading.change; ch != nil && ch.joined {
		r.leading.change = nil
		ch.done(nil)
	}
	//parley:rule raft.config.excluded-leader-steps-down force=false
	if !c.isVoter(r.self) {
		r.leave()
		return
	}
	r.assemble()
	r.advanceChange()
}

// leave ends the leadership of a server that is no longer a member. It has not
// counted itself since it appended the configuration, and now asks the voter
// with the longest log to take over.
func (r *Raft) leave() {
	best := r.leading.voters[0]
	for _, p := range r.leading.voters {
		if p.match > best.match {
			best = p
		}
	}
	r.offer(best)
	r.becomeFollower(r.term, "")
}

func (l *leaderState) abandonChange() {
	if l.change != nil {
		l.change.done(rsm.ErrUnknown)
	}
}
