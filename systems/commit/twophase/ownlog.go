package twophase

import (
	"fmt"
	"slices"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// ownLog is the journal of a coordinator by itself: a stream of its host's log.
// What it appends before a message is sent is durable before that leaves (a
// forced record); what it appends after it is not waited for.
type ownLog struct {
	cfg Config
	env node.Env
	log node.Log

	incarnation uint64
	entries     []Entry // not ended, by TxID
	// commits are the newest, by TxID, of which clients may still ask. A
	// transaction from since on that is neither here nor active was aborted.
	commits []TxID
	since   TxID
	records int // since the latest ledger
}

// Open reads the log and begins the next incarnation.
func (l *ownLog) Open(env node.Env, done func(Opening)) {
	l.env, l.log = env, env.Log("coordinator")
	for lsn, b := range l.log.Records(0) {
		record, err := wire.Unmarshal(b)
		if err == nil {
			err = l.apply(record)
		}
		if err != nil {
			env.Halt(fmt.Errorf("twophase: read the coordinator's log at record %d: %w", lsn, err))
			return
		}
	}
	left := slices.Clone(l.entries)
	l.append(&opened{l.incarnation + 1})
	done(Opening{l.incarnation, left})
}

// append writes a record, and repeats it on the state, as the next incarnation
// will.
func (l *ownLog) append(record node.Message) {
	b, err := wire.Marshal(record)
	if err != nil {
		panic(fmt.Sprintf("twophase: encode a record: %v", err))
	}
	at := l.log.Append(b)
	if err := l.apply(record); err != nil {
		panic(fmt.Sprintf("twophase: %v", err))
	}
	if l.records < l.cfg.Checkpoint {
		return
	}
	l.records = 0
	b, err = wire.Marshal(&ledger{l.incarnation, l.entries, l.commits, l.since})
	if err != nil {
		panic(fmt.Sprintf("twophase: encode a record: %v", err))
	}
	l.log.Append(b)
	l.log.Trim(at + 1)
}

func (l *ownLog) apply(record any) error {
	l.records++
	switch r := record.(type) {
	case *opened:
		l.incarnation = r.Incarnation
	case *Entry:
		l.put(*r)
	case *ended:
		l.remove(r.Tx)
	case *ledger:
		l.incarnation, l.entries, l.commits, l.since = r.Incarnation, r.Entries, r.Commits, r.Since
		l.records = 0
	default:
		return fmt.Errorf("unexpected %T", record)
	}
	return nil
}

// put takes notice of an entry: it stays as long as somebody may have to be told.
func (l *ownLog) put(e Entry) {
	l.remove(e.Tx)
	if e.Decision == Committed {
		l.remember(e.Tx)
	}
	if e.Decision == Undecided || e.awaited() {
		i, _ := l.find(e.Tx)
		l.entries = slices.Insert(l.entries, i, e)
	}
}

func (l *ownLog) find(tx TxID) (int, bool) {
	return slices.BinarySearchFunc(l.entries, tx, func(e Entry, tx TxID) int { return e.Tx.Compare(tx) })
}

func (l *ownLog) remove(tx TxID) {
	if i, found := l.find(tx); found {
		l.entries = slices.Delete(l.entries, i, i+1)
	}
}

// remember keeps a commit for clients, and forgets the oldest if there are too
// many. One that was begun before those that are forgotten is forgotten, too: since
// never goes back.
func (l *ownLog) remember(tx TxID) {
	if tx.Compare(l.since) < 0 {
		return
	}
	i, found := slices.BinarySearchFunc(l.commits, tx, TxID.Compare)
	if !found {
		l.commits = slices.Insert(l.commits, i, tx)
	}
	if over := len(l.commits) - l.cfg.KeepOutcomes; over > 0 {
		oldest := l.commits[over-1]
		l.since = TxID{oldest.Coordinator, oldest.Incarnation, oldest.Number + 1}
		l.commits = slices.Delete(l.commits, 0, over)
	}
}

// starts tells whether the first phase's beginning is recorded. PresumedCommit
// has to (the collecting record): a coordinator that crashes before it decides
// must not presume that what it forgot was committed.
func (l *ownLog) starts(v Variant) bool { return v == PresumedCommit || l.cfg.Reprepare }

// Start implements Journal.
func (l *ownLog) Start(e Entry, started func(Decision, bool)) {
	if l.starts(e.Variant) {
		l.append(&e)
	}
	started(Undecided, false)
}

// Decide implements Journal. The commit point of a transaction is the moment at
// which its record, appended here, is durable (I2).
func (l *ownLog) Decide(e Entry, _ TxID, decided func(Decision)) {
	switch {
	case l.silent(e):
		if e.Decision == Committed {
			l.remember(e.Tx) // until the next crash: what only read may be told either
		}
		decided(e.Decision)
	case e.Decision == Committed && len(e.Branches) == 0:
		l.remove(e.Tx) // the record to come ends it
		decided(e.Decision)
		l.append(&e) // nobody depends on it, so nobody waits for it
	default:
		//parley:rule twophase.log.commit-point twophase.log.force-before-send drop
		l.append(&e)
		decided(e.Decision)
	}
}

// silent tells whether a decision needs no record, because it is what would be
// concluded without one.
func (l *ownLog) silent(e Entry) bool {
	switch {
	case e.Decision == Aborted:
		// With the first phase to be resumed after a crash, nobody may be told
		// abort that the next incarnation does not know of.
		return e.Variant != Basic && !l.cfg.Reprepare
	case e.Variant == PresumedAbort && len(e.Branches) == 0:
		return !l.cfg.Reprepare // nothing was changed
	}
	return false
}

// End implements Journal.
func (l *ownLog) End(tx TxID, _ TxID) {
	if _, found := l.find(tx); found {
		l.append(&ended{tx})
	}
}

// Resolve answers from what the variant presumes: had it been the other decision,
// the one who asks would have had to acknowledge it before it was forgotten (I5).
func (l *ownLog) Resolve(tx TxID, v Variant, resolved func(Decision, []Branch)) {
	if tx.Coordinator == l.env.Self() {
		resolved(v.Presumes(), nil)
	}
}

// Recall answers clients from the table of commits.
func (l *ownLog) Recall(tx TxID, recalled func(Decision, []Branch)) {
	_, found := slices.BinarySearchFunc(l.commits, tx, TxID.Compare)
	switch {
	case tx.Coordinator != l.env.Self() || tx.Compare(l.since) < 0:
		recalled(Forgotten, nil)
	case found:
		recalled(Committed, nil)
	default:
		recalled(Aborted, nil)
	}
}
