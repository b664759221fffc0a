// Package pbft is practical Byzantine fault tolerance: 3f+1 replicas execute the same
// requests in the same order although f of them may do anything at all, and clients
// take no single replica's word.
//
// After M. Castro and B. Liskov, "Practical Byzantine fault tolerance", OSDI 1999
// (cited as OSDI); "Practical Byzantine fault tolerance and proactive recovery", ACM
// TOCS 20(4), 2002 (TOCS); and Castro's thesis of the same name, MIT 2001.
//
// # Faults
//
// Up to f of n replicas (f = (n-1)/3) and any number of clients are Byzantine: they
// lie, tell different things to different others, keep silent, collude. They cannot
// forge others' tags and signatures, nor find two texts of one SHA-256. The network
// loses, delays, duplicates and reorders, and the sender that it names is believed for
// nothing but introductions. A correct replica may crash and come back with its disk
// as often as it likes, also all at once: under the kernel's output rule it has what
// it said. A replica that has lost its disk is a faulty one until it was recovered.
//
// # Guarantee
//
// Safety, without any assumption on time: no two correct replicas execute different
// batches at one number, so their states are those of one machine, and a client that
// waits for f+1 equal replies (2f+1 if they are tentative) has that machine's result.
// Liveness as soon as messages arrive within some bound, whatever it is: every request
// of a correct client is executed. With proactive recovery f counts the liars of one
// window instead of all that there ever were.
//
// Integrity, not secrecy: one liar can tell the world what it knows.
//
// # Where to read
//
//	message.go digest.go group.go      messages, what is authenticated, quorums
//	keys.go exchange.go announce.go    keys and authenticators (OSDI §5.2)
//	request.go primary.go backup.go    the normal case (OSDI §4.2)
//	doubt.go                           clients whose requests not all can verify
//	execute.go clients.go              execution, exactly once; tentative execution
//	checkpoint.go log.go               checkpoints and garbage collection (OSDI §4.3)
//	viewchange.go newview.go decide.go the change of view (TOCS §4.5)
//	status.go                          what is lost is sent again (TOCS §5.2)
//	outside.go follow.go               who is in no view, and executes all the same
//	tree.go transfer.go parts.go       state transfer (TOCS §5.3)
//	recovery.go                        proactive recovery (thesis, chapter 4)
//	journal.go replay.go               what outlives a crash
//	gateway.go                         the client, who believes nobody
//	replica.go                         the paper's replica of a state machine
//	engine.go submit.go                the same as an engine of package rsm
//	party.go observer.go               for liars, and for those who watch them
//
// # Messages
//
//	message      from        to         secured by     why
//	Request      client      primary    authenticator  execute this; again: to all, signed
//	PrePrepare   primary     backups    authenticator  this batch has this number
//	Prepare      backup      all        authenticator  it has no other one in this view
//	Commit       replica     all        authenticator  it is prepared here
//	Reply        replica     client     one tag        the result, or its digest
//	Checkpoint   replica     all        signature      my state after this number
//	ViewChange   replica     all        signature      I have left; h, P and Q
//	NewView      primary     backups    signature      the view begins so, and here is why
//	Status       replica     all        authenticator  where I am; what am I missing?
//	Decided      replica     laggard    authenticator  this number has committed here
//	Follow       follower    all        authenticator  Status of one without a vote
//	Proof        replica     laggard    signatures     a stable checkpoint
//	Fetch        replica     all        none           the requests of this batch, please
//	Batch        replica     asker      its digest     here they are
//	GetPart      laggard     a replica  none           a part of the state's tree
//	Part         replica     laggard    its digest     here it is
//	Doubt        replica     all        authenticator  this client's tag for me is wrong; no longer
//	NewKey       any host    all        signature      my key for key exchange from now on
//	Introduce    any host    all        the link       my public key, for life
//
// With n = 3f+1 replicas a batch of b requests costs, when nothing goes wrong,
//
//	b + (n-1) + (n-1)(n-1) + n(n-1) + b·n = 2n(n-1) + b(n+1)
//
// messages: requests, pre-prepare, prepares, commits, replies.
//
// # Invariants
//
// I1. A correct replica accepts one batch a number and view, between the water marks,
// and prepares no other.
//
// I2. Prepared is: the batch is here, its pre-prepare, and 2f prepares of different
// backups that match it, the replica's own among them. Two quorums share a correct
// replica, so by I1 no two batches are prepared at one number in one view.
//
// I3. Committed-local is: prepared, and 2f+1 matching commits. Then f+1 correct
// replicas have it prepared.
//
// I4. Whoever has sent a view change for v accepts nothing in views before v. A new
// view is computed from a quorum's view changes, by a function (decide) that everybody
// computes for himself. By I3 one of them tells of what committed; so it keeps its
// number in all later views.
//
// I5. Execution is in the order of numbers, and a client's timestamps rise: what is at
// or below the last one executed is not executed.
//
// I6. What a view change may need is kept until a quorum has proved that it executed
// it: a stable checkpoint. Only then the water marks move.
//
// I7. Of what arrives nothing is believed before its tag, signature or digest is
// verified, and nothing makes more than a bounded part of memory grow.
//
// I8. What a replica says leaves after what it rests on is durable.
//
// # Departures from the papers
//
// Session keys follow from an exchange of signed X25519 keys, one key a direction,
// instead of being chosen by the receiver and sent encrypted. View changes carry P and
// Q as in TOCS, but are signed, as in OSDI; so they need no acknowledgements, and a new
// view shows them. Checkpoints are signed as well: a quorum of them is a proof for
// third parties. The checkpoint that a view starts from is the highest proven one.
//
// For groups of other sizes than 3f+1 a quorum is as many as make two of them share
// f+1: (n+f)/2+1.
//
// A request that this replica cannot verify is taken if f+1 replicas vouch for it; else
// its client is doubted, and a primary that knows of f+1 doubts orders only what the
// client has signed. Doubts end (doubt.go), since keys come late to correct clients, too.
// What a liar among the clients gains by that is bounded. A correct primary's number is stuck
// only if fewer than f+1 replicas, the primary among them, can verify a request; then f+1
// correct ones at least cannot. Unless a doubt was lost or is forgotten in a restart, which
// the next stuck number repairs, one of them has not doubted before, or the primary would
// have wanted a signature; and that is a new doubt of its own. A replica's k-th doubt lasts for 4^(k-1)
// executed requests with right tags, so m of them buy the client at most 1 + log4(3m+1)
// doubts a replica and n times that many changes of view, until a doubt costs 65,536, as
// all later ones do; but for what it can do while f+1 replicas have a key that is new
// (lenient). A doubt is about tags and nothing else: safety rests on none. A
// faulty primary can spoil tags, and have correct clients doubted; then they must
// sign, until it has gone, and for as long as their doubts last.
//
// A replica does not ask for a view change while f+1 others have executed more than it
// or it has not heard from a quorum. One that nevertheless left a view alone follows
// the others by Decided, and so does who has no vote (outside.go, follow.go).
//
// Whoever asks without ordering (ReadOnly) needs writers that wait for 2f+1 replies:
// OSDI lets them go on with f+1, and then a quorum may answer that has not executed the
// write. And a replica that restarts answers no question before it has executed again
// what it may have executed before.
//
// A replica that recovers takes no part before it has a checkpoint beyond everything
// that it may have spoken of; so it counts as one of the f meanwhile. In the thesis it
// goes on taking part.
//
// The tree over the state is made anew for each checkpoint, beside the loop, and its
// bytes are held in memory: this is for states of up to some hundred megabytes.
//
// # Not here
//
// As an engine of package rsm (engine.go) a replica is the client of its own host, and
// what its doors answer is what it has executed itself. A session of rsm belongs to the
// host that opened it: a liar can run commands in its own ones, and so do what its
// own clients may do, and no more. Who comes in by a door trusts that host. Whoever trusts
// none runs a follower on his own side (follow.go), whose doors say what f+1 replicas have
// said; or, with replicas of type Replica, a Gateway, which needs no state.
//
// Changes of the group; separate transmission of large requests; multicast; a bound on
// how often replicas may recover; fairness among clients beyond one request each in the
// queue.
package pbft
