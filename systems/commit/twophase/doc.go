// Package twophase commits a transaction at several participants or at none:
// two-phase commit, with what makes it survive crashes.
//
// J. Gray, "Notes on data base operating systems", 1978, section 5.8; B. Lampson
// and H. Sturgis, "Crash recovery in a distributed data storage system", 1976;
// cooperative termination after P. Bernstein, V. Hadzilacos and N. Goodman,
// "Concurrency control and recovery in database systems", 1987, section 7.4; the
// variants after C. Mohan, B. Lindsay and R. Obermarck, "Transaction management in
// the R* distributed database management system", ACM TODS 11(4), 1986.
//
//	client       coordinator                      participants
//	  │ Begin ───────►│                                │
//	  │◄─────── Begun │                                │
//	  │ Execute ───────────────────────────────────────►  works under locks
//	  │◄─────────────────────────────────────────────── Executed
//	  │ Finish ──────►│ [start]                        │
//	  │               │ Prepare ──────────────────────►│
//	  │               │                       [yes] or no, or read-only: through
//	  │               │◄───────────────────────── Voted│
//	  │               │ all yes: [commit]  ◄── the commit point
//	  │◄───── Outcome │ Commit or Abort ──────────────►│
//	  │               │                       [commit] carries it out, unlocks
//	  │               │◄────────────────────────── Ack │
//	  │               │ [end] forgets                  │
//
// Brackets are log records. A record is forced if something is sent after it was
// appended, which the output rule (package node) holds back until it is durable;
// what is appended after the last message is not waited for. So the order of two
// statements says what is forced.
//
// # Faults
//
// Messages are lost, delayed, duplicated and reordered. Hosts crash at any point and
// come back with their logs. Nobody lies.
//
// # Guarantee
//
// I1. Unanimity: a participant commits only if every participant voted yes or
// read-only.
//
// I2. The commit point: a transaction is committed from the moment at which its
// commit record in the coordinator's journal is durable. Before it, every recovery
// leads to abort; after it, to commit. A yes is a promise, not a decision, and the
// arrival of Commit only makes the decision known.
//
// I3. Stability and agreement: no participant reverses a decision, and no two
// adopt different ones.
//
// I4. In doubt: who voted yes keeps its locks, over restarts, until it learns the
// decision from somebody who knows it, and neither commits nor aborts by itself.
//
// I5. Forgetting: a coordinator forgets a transaction once no participant can be in
// doubt about it, but for those who would get the same answer by presumption. The
// mark in each Prepare says which ones are over; participants forget theirs then.
//
// I6. A participant answers "aborted" to a peer only if its own refusal is in its
// log. Read-only voters keep no record, so nobody asks them: Prepare names as peers
// those that have changed something.
//
// I7. The client's answer is true: Committed and Aborted are final. If all that is
// known is that the transaction is over, the answer is that its outcome is unknown.
//
// I8. Liveness: if nothing fails and all vote yes, the transaction commits. Once
// everybody is up and connected, every transaction ends and all locks are released.
// While the coordinator is away, those whose peers all voted yes are blocked.
//
// # Messages
//
//	message   from         to            why
//	Begin     client       coordinator   a transaction, please
//	Begun     coordinator  client        its name; or why not
//	Execute   client       participant   an operation, in its order
//	Executed  participant  client        its result; or why not, and then there is no commit
//	Finish    client       coordinator   commit it (or not), at these participants
//	Prepare   coordinator  participant   can you commit? first phase
//	Voted     participant  coordinator   yes (logged), no, or read-only
//	Commit    coordinator  participant   second phase; also sent again until acknowledged
//	Abort     coordinator  participant   likewise; and the answer to a late yes
//	Ack       participant  coordinator   the decision is in my log
//	Outcome   coordinator  client        what was decided
//	Inquire   participant  coordinator, peers, deputies   I voted yes: do you know the outcome?
//	Status    all of them  participant   yes; or I have refused; or I do not know either
//
// # Recovery
//
//	who          finds                      does
//	coordinator  commit record, no end      sends Commit until acknowledged
//	             start record only          aborts; or asks for the votes again (Reprepare)
//	             nothing                    aborts by not knowing it: answers what it presumes
//	participant  nothing                    has aborted: operations are lost, votes no
//	             yes, no outcome            restores changes and locks, asks (termination.go)
//	             yes and outcome            repeats it
//
// # Variants
//
// What each writes and sends for one transaction with n updating participants, all
// of whom vote yes (records, of which forced; messages after the vote). The costs
// experiment counts them.
//
//	                    coordinator       each participant
//	commit   basic      2, 1 forced       2, 2 forced, acknowledges
//	         presumed abort  2, 1         2, 2, acknowledges
//	         presumed commit 2, 2         2, 1, silent
//	abort    basic      2, 1              2, 2, acknowledges
//	         presumed abort  0, 0         2, 1, silent
//	         presumed commit 2, 1         2, 2, acknowledges
//
// # Files
//
// By role and phase. Coordinator: coordinator.go, begin.go, voting.go, deciding.go,
// patience.go, inquest.go; what it never forgets: journal.go, ownlog.go.
// Participant: participant.go, branch.go, work.go, prepare.go, outcome.go,
// termination.go, replay.go; what it keeps: resource.go. Client: client.go, errors.go.
//
// # Departures
//
// The notes have the coordinator, after a crash, ask for votes again, and elsewhere
// abort what has no commit record: either is safe and the mixture is not. Abort is
// the rule here, and Reprepare the alternative, which logs each first phase. The
// notes also let participants commit by themselves if all voted yes and no decision
// was made; they cannot know the latter, so here they wait.
//
// The papers let processes remember for ever, or ask coordinators only. Here peers
// are asked, so participants remember outcomes until the coordinator's mark has
// passed; MaxSpan bounds how many. An unforced record costs no wait of its own, yet
// what its host sends next, about anything, waits for it too.
//
// # Not here
//
// Trees of coordinators, transfer of the commit decision to the last participant,
// heuristic decisions by operators. Package register has the coordinator on a
// replicated log, which does not block; package bank is a resource.
package twophase
