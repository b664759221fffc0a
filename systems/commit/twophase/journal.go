package twophase

import (
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// Journal is what a coordinator never forgets. Its own log is one (ownlog.go);
// a replicated register of decisions is another (package register), for which
// answers take a while.
type Journal interface {
	// Open begins an incarnation of the coordinator and then calls opened, with
	// its number, which no other incarnation has had, and with what earlier ones
	// left unfinished.
	Open(env node.Env, opened func(Opening))

	// Start records that the first phase begins, if the journal and the variant
	// need it: durable before any message that is sent after the call. It calls
	// started, before or after it returns, with Undecided, or with what somebody
	// else decided before. If it is staged, the transaction is committed as soon as
	// all votes of yes are logged.
	Start(e Entry, started func(held Decision, staged bool))

	// Decide records a decision and calls decided with the one that holds, before
	// or after Decide returns: another one only if somebody else was first.
	// Nothing that is sent from decided leaves before the record is durable,
	// unless the variant does not force it.
	Decide(e Entry, mark TxID, decided func(Decision))

	// End says that everybody who needs to know the decision has it in his log.
	End(tx TxID, mark TxID)

	// Resolve calls resolved with the decision about a transaction that the
	// coordinator does not know (any more), for a participant in doubt. It need
	// not call it if it cannot tell. With Undecided come the branches of a staged
	// transaction, which have to be asked.
	Resolve(tx TxID, v Variant, resolved func(Decision, []Branch))

	// Recall is Resolve for a client, whom nothing may be presumed to: it may be
	// told Forgotten.
	Recall(tx TxID, recalled func(Decision, []Branch))
}

// Opening is what Open found.
type Opening struct {
	Incarnation uint64
	// Unfinished holds transactions of earlier incarnations, the oldest first:
	// decided ones that were not ended, and, if Start recorded it, those whose
	// first phase had begun.
	Unfinished []Entry
}

// Entry is a record about a transaction.
type Entry struct {
	Tx      TxID    `wire:"1"`
	Variant Variant `wire:"2"`
	// Decision is Undecided when the first phase begins.
	Decision Decision `wire:"3"`
	// Branches are, of a decision, those that have to learn it.
	Branches []Branch `wire:"4"`
}

// awaited tells whether acknowledgements have to come before the entry may be
// forgotten.
func (e *Entry) awaited() bool { return len(e.Branches) > 0 && e.Variant.Acknowledged(e.Decision) }

func init() {
	wire.Register[Entry]("twophase.entry")
	wire.Register[opened]("twophase.opened")
	wire.Register[ended]("twophase.ended")
	wire.Register[ledger]("twophase.ledger")
}

// opened, ended and ledger are the other records of a coordinator's own log. A
// ledger stands for all that came before it.
type opened struct {
	Incarnation uint64 `wire:"1"`
}

type ended struct {
	Tx TxID `wire:"1"`
}

type ledger struct {
	Incarnation uint64  `wire:"1"`
	Entries     []Entry `wire:"2"`
	Commits     []TxID  `wire:"3"`
	Since       TxID    `wire:"4"`
}
