package board

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/order/multicast"
)

// Replica is one of the board's hosts, as the others reach it.
type Replica struct{ Name, Address string }

// Options say which replica this is. Name, Dir and Replicas are needed.
type Options struct {
	Name     string
	Dir      string    // of its log
	Replicas []Replica // all of them, this one included, in the same order everywhere
	// Credentials are needed unless all addresses are loopback ones (kernel/live).
	Credentials *live.Credentials
	// Names are what browsers may call this replica, besides names of loopback.
	Names []string
	// Faults lets the page cut this replica off from others.
	Faults bool
	Logger *slog.Logger // nil discards
}

// Board is a replica that runs.
type Board struct {
	o     Options
	self  int
	host  *live.Host
	token string

	mu   sync.Mutex
	cuts []string // the replicas that this one does not speak to
}

const service = "board"

// relay is how long a post is left to its own replica before others pass it on.
const relay = time.Second

// replica is the node: a member, and the Env that says when its log is durable.
type replica struct {
	*multicast.Member
	env     node.Env
	notices *notices
}

// Start implements node.Node.
func (r *replica) Start(env node.Env) {
	r.env = env
	r.Member.Start(env)
}

// Open starts a replica.
func Open(o Options) (*Board, error) {
	self := slices.IndexFunc(o.Replicas, func(r Replica) bool { return r.Name == o.Name })
	if self < 0 || o.Dir == "" {
		return nil, fmt.Errorf("board: replica %q is none of %v, or has no directory", o.Name, o.Replicas)
	}
	members, peers := []node.Addr(nil), map[string]string{}
	for _, r := range o.Replicas {
		members = append(members, node.Join(r.Name, service))
		peers[r.Name] = r.Address
	}
	if len(peers) != len(members) {
		return nil, fmt.Errorf("board: two replicas of %v share a name", o.Replicas)
	}
	delete(peers, o.Name)
	host, err := live.Open(live.Config{
		Name: o.Name, Cluster: "board", Dir: o.Dir, Listen: o.Replicas[self].Address, Peers: peers,
		Credentials: o.Credentials, Logger: o.Logger,
	})
	if err != nil {
		return nil, fmt.Errorf("board: %w", err)
	}
	err = host.Serve(service, func() node.Node {
		n := newNotices(len(members))
		return &replica{notices: n, Member: multicast.NewCausal(multicast.Config{
			Members: members, MaxOpen: MaxWaiting / len(members), MaxHeld: MaxWaiting, Relay: relay, MaxKept: MaxPassed,
		}, n)}
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("board: %w", err), host.Close())
	}
	return &Board{o: o, self: self, host: host, token: rand.Text()}, nil
}

// Close ends the replica. What was posted is on disk.
func (b *Board) Close() error { return b.host.Close() }

// Done is closed when the replica has stopped, by Close or since its disk failed (Err).
func (b *Board) Done() <-chan struct{} { return b.host.Done() }

// Err tells why it has stopped.
func (b *Board) Err() error { return b.host.Err() }

// do runs f on the replica's loop and waits for it.
func (b *Board) do(ctx context.Context, f func(*replica, func())) error {
	done := make(chan struct{})
	if err := b.host.Do(service, func(n node.Node) { f(n.(*replica), func() { close(done) }) }); err != nil {
		return err
	}
	select {
	case <-done:
		return nil
	case <-b.host.Done():
		return errors.Join(errors.New("the replica has stopped"), b.host.Err())
	case <-ctx.Done():
		return ctx.Err()
	}
}

// post posts, and returns once that is durable here (I1). After ErrText, ErrAuthor,
// ErrReply and multicast.ErrFull nothing was posted; after other errors it may be.
func (b *Board) post(ctx context.Context, p post) (id ID, err error) {
	if p, err = p.check(); err != nil {
		return id, err
	}
	p.Written = time.Now()
	body, err := wire.Marshal(&p)
	if err != nil {
		return id, err
	}
	var refused error
	err = b.do(ctx, func(r *replica, done func()) {
		if p.ReplyTo != nil && r.notices.find(*p.ReplyTo) == nil {
			refused = ErrReply
			done()
			return
		}
		number, err := r.Submit(body)
		if err != nil {
			refused = err
			done()
			return
		}
		id = ID{b.self, number}
		r.env.Durable(done)
	})
	return id, errors.Join(err, refused)
}

// cut cuts this replica off from others, one way: what it says to them is lost. None
// mends all.
func (b *Board) cut(names []string) error {
	for _, n := range names {
		if !slices.ContainsFunc(b.o.Replicas, func(r Replica) bool { return r.Name == n && n != b.o.Name }) {
			return fmt.Errorf("there is no other replica %q", n)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.cuts = names
	b.host.Cut(names...)
	return nil
}

func (b *Board) isCut(name string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Contains(b.cuts, name)
}
