package pbft

import (
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// SeqNo is the place of a batch in the order, from 1.
type SeqNo uint64

// Timestamp orders the requests of one client.
type Timestamp uint64

// Digest is a SHA-256.
type Digest [32]byte

// Kind says what a request is for.
type Kind uint8

const (
	// Operation is ordered, and executed by the service.
	Operation Kind = iota
	// ReadOnly is answered by each replica from its state, without being ordered.
	ReadOnly
	// Question is ReadOnly that got no quorum of equal answers: it is ordered.
	Question
	// Recovery is ordered: a replica begins its recovery (Op is its key epoch).
	Recovery
)

// Request asks for an operation (REQUEST). Its digest covers Client to Op, so what
// carries it may differ.
type Request struct {
	Client    node.Addr `wire:"1"`
	Timestamp Timestamp `wire:"2"`
	Kind      Kind      `wire:"3"`
	Op        []byte    `wire:"4"`
	// Full asks all replicas for the whole result, not the designated one alone.
	Full bool          `wire:"5"`
	Auth Authenticator `wire:"6"`
	// Signature is there when a request is sent again, for replicas whose part of
	// the authenticator is wrong.
	Signature []byte `wire:"7"`
}

// PrePrepare gives a batch its number (PRE-PREPARE). The primary sends it.
type PrePrepare struct {
	View     View          `wire:"1"`
	Seq      SeqNo         `wire:"2"`
	Digest   Digest        `wire:"3"` // of the batch
	Requests []*Request    `wire:"4"`
	Replica  ReplicaID     `wire:"5"`
	Auth     Authenticator `wire:"6"`
}

// Prepare says that a backup has accepted the pre-prepare (PREPARE).
type Prepare struct {
	View    View          `wire:"1"`
	Seq     SeqNo         `wire:"2"`
	Digest  Digest        `wire:"3"`
	Replica ReplicaID     `wire:"4"`
	Auth    Authenticator `wire:"5"`
}

// Commit says that the batch is prepared at a replica (COMMIT).
type Commit struct {
	View    View          `wire:"1"`
	Seq     SeqNo         `wire:"2"`
	Digest  Digest        `wire:"3"`
	Replica ReplicaID     `wire:"4"`
	Auth    Authenticator `wire:"5"`
}

// Reply is a replica's answer to a client (REPLY). All but the designated one
// leave out Result.
type Reply struct {
	View      View      `wire:"1"`
	Timestamp Timestamp `wire:"2"`
	Client    node.Addr `wire:"3"`
	Replica   ReplicaID `wire:"4"`
	Tentative bool      `wire:"5"`
	Digest    Digest    `wire:"6"` // of the result
	Result    []byte    `wire:"7"`
	Whole     bool      `wire:"8"` // Result is there, if only empty
	Tag       Tag       `wire:"9"`
}

// Checkpoint says that a replica's state after Seq has this digest (CHECKPOINT).
// It is signed: a quorum of them is shown to others.
type Checkpoint struct {
	Seq       SeqNo     `wire:"1"`
	Digest    Digest    `wire:"2"`
	Replica   ReplicaID `wire:"3"`
	Signature []byte    `wire:"4"`
}

// Proof is a stable checkpoint: a quorum of Checkpoints of one number and digest.
type Proof struct {
	Checkpoints []*Checkpoint `wire:"1"`
}

// Prepared is an element of P: a batch that was prepared in View, and in no later
// one at this number.
type Prepared struct {
	Seq    SeqNo  `wire:"1"`
	Digest Digest `wire:"2"`
	View   View   `wire:"3"`
}

// PrePrepared is an element of Q: a batch that was pre-prepared, last in View.
type PrePrepared struct {
	Seq    SeqNo  `wire:"1"`
	Digest Digest `wire:"2"`
	View   View   `wire:"3"`
}

// ViewChange says that a replica has left all views before View, and what it knows
// of them (VIEW-CHANGE). It is signed.
type ViewChange struct {
	View      View           `wire:"1"`
	Stable    SeqNo          `wire:"2"` // h
	Proof     []*Checkpoint  `wire:"3"` // of Stable
	Prepared  []*Prepared    `wire:"4"` // P, by number
	Seen      []*PrePrepared `wire:"5"` // Q, by number
	Replica   ReplicaID      `wire:"6"`
	Epoch     uint64         `wire:"7"` // of the sender's keys
	Signature []byte         `wire:"8"`
}

// Choice is what a new view orders at a number.
type Choice struct {
	Seq    SeqNo  `wire:"1"`
	Digest Digest `wire:"2"`
}

// NewView begins a view (NEW-VIEW). Whoever receives it computes Start and Chosen
// from Changes himself. It is signed.
type NewView struct {
	View      View          `wire:"1"`
	Changes   []*ViewChange `wire:"2"`
	Start     SeqNo         `wire:"3"` // a stable checkpoint
	Chosen    []*Choice     `wire:"4"` // of the numbers after Start, without a gap
	Replica   ReplicaID     `wire:"5"`
	Signature []byte        `wire:"6"`
}

// Status tells where a replica is, so that others send it what it lacks.
type Status struct {
	View     View          `wire:"1"`
	Active   bool          `wire:"2"` // the view has begun, here
	Stable   SeqNo         `wire:"3"`
	Executed SeqNo         `wire:"4"`
	Replica  ReplicaID     `wire:"5"`
	Auth     Authenticator `wire:"6"`
}

// Decided says that a number has committed at the sender, whatever view that was in.
// f+1 of them are proof: one of their senders is not faulty.
type Decided struct {
	Seq     SeqNo         `wire:"1"`
	Digest  Digest        `wire:"2"`
	Replica ReplicaID     `wire:"3"`
	Auth    Authenticator `wire:"4"`
}

// Follow is what a follower, which has no vote and no number, says in place of Status.
// Its authenticator has the replicas' tags; what they send a follower has its tag alone.
type Follow struct {
	Host     node.Addr     `wire:"1"`
	Stable   SeqNo         `wire:"2"`
	Executed SeqNo         `wire:"3"`
	Auth     Authenticator `wire:"4"`
}

// Fetch asks for the requests of a batch.
type Fetch struct {
	Digest Digest `wire:"1"`
}

// Batch answers Fetch. Its digest says whether it is what was asked for.
type Batch struct {
	Requests []*Request `wire:"1"`
}

// GetPart asks for a part of the state's tree at a checkpoint.
type GetPart struct {
	Seq   SeqNo  `wire:"1"`
	Level uint8  `wire:"2"` // 0: pages
	Index uint64 `wire:"3"`
}

// Part answers GetPart: a page, or the digests of a node's children.
type Part struct {
	Seq   SeqNo  `wire:"1"`
	Level uint8  `wire:"2"`
	Index uint64 `wire:"3"`
	Data  []byte `wire:"4"`
}

// Doubt says that a client's request could not be verified by this replica, though
// the primary ordered it; or that this is over.
type Doubt struct {
	Client  node.Addr     `wire:"1"`
	Replica ReplicaID     `wire:"2"`
	Auth    Authenticator `wire:"3"`
	Ended   bool          `wire:"4"`
	Stamp   Timestamp     `wire:"5"` // orders what one replica says
}

// Introduce shows a public key to who has none for the sender.
type Introduce struct {
	Host      node.Addr `wire:"1"`
	Public    []byte    `wire:"2"`
	Signature []byte    `wire:"3"`
}

// NewKey announces the public half of a host's key for session keys (NEW-KEY). A
// greater epoch makes all earlier ones void.
type NewKey struct {
	Host      node.Addr `wire:"1"`
	Epoch     uint64    `wire:"2"`
	Session   []byte    `wire:"3"` // X25519
	Signature []byte    `wire:"4"`
}

func init() {
	wire.Register[Request]("pbft.Request")
	wire.Register[PrePrepare]("pbft.PrePrepare")
	wire.Register[Prepare]("pbft.Prepare")
	wire.Register[Commit]("pbft.Commit")
	wire.Register[Reply]("pbft.Reply")
	wire.Register[Checkpoint]("pbft.Checkpoint")
	wire.Register[Proof]("pbft.Proof")
	wire.Register[ViewChange]("pbft.ViewChange")
	wire.Register[NewView]("pbft.NewView")
	wire.Register[Status]("pbft.Status")
	wire.Register[Decided]("pbft.Decided")
	wire.Register[Follow]("pbft.Follow")
	wire.Register[Fetch]("pbft.Fetch")
	wire.Register[Batch]("pbft.Batch")
	wire.Register[GetPart]("pbft.GetPart")
	wire.Register[Part]("pbft.Part")
	wire.Register[Doubt]("pbft.Doubt")
	wire.Register[Introduce]("pbft.Introduce")
	wire.Register[NewKey]("pbft.NewKey")
}
