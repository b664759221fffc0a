package rpc

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"

	"github.com/parleysystems/parley/kernel/live"
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/remote/rpc"
)

// Forward serves, on a host, a service that stands for a server behind a Door of
// another cluster: the calls of this host's nodes go there over TCP. So a program that
// opens a host of its own, which needs no address, makes calls with all three promises;
// those of rpc.ExactlyOnce are in the host's log and go on when the program, which may
// have been killed, opens the host again.
//
// ClientConfig.Tries has no say: the node's client sends again. The caller closes the
// Forwarder after the host.
func Forward(host *live.Host, service string, c ClientConfig) (*Forwarder, error) {
	f := &Forwarder{host: host, service: service, lines: map[node.Addr]*line{}}
	f.ctx, f.end = context.WithCancel(context.Background())
	client, err := Dial(c)
	if err != nil {
		return nil, err
	}
	f.cfg = client.cfg // complete, and found to be good
	if err := host.Serve(service, func() node.Node { return f }); err != nil {
		return nil, fmt.Errorf("rpc: forward: %w", err)
	}
	return f, nil
}

// Forwarder is the node. Its fields belong to its loop, but for those of running.
type Forwarder struct {
	host    *live.Host
	service string
	cfg     ClientConfig
	env     node.Env
	name    string // of this host's log, for ever; "" until it is durable
	lines   map[node.Addr]*line

	ctx     context.Context
	end     context.CancelFunc
	running sync.WaitGroup
}

// forwarding is the one record of a Forwarder's log: its name, which no other has, since
// the numbers of the host's clients are unique only among themselves.
type forwarding struct {
	Name string `wire:"1"`
}

var _ = wire.Register[forwarding]("rpc.forwarding")

// Start implements node.Node.
func (f *Forwarder) Start(env node.Env) {
	f.env = env
	log, found := env.Log("rpc-forward"), ""
	for lsn, b := range log.Records(0) {
		m, err := wire.Unmarshal(b)
		r, ok := m.(*forwarding)
		if !ok {
			env.Halt(fmt.Errorf("rpc: forward: read log at record %d: %T, %w", lsn, m, errors.Join(err, errNoName)))
			return
		}
		found = r.Name
	}
	if found == "" {
		found = fmt.Sprintf("%016x%016x", env.Rand().Uint64(), env.Rand().Uint64())
		b, err := wire.Marshal(&forwarding{found})
		if err != nil {
			panic(fmt.Sprintf("rpc: encode a name: %v", err))
		}
		log.Append(b)
	}
	env.Durable(func() { f.name = found })
}

var errNoName = errors.New("it is no name")

// Receive implements node.Node. A request that cannot be sent now is dropped, as if the
// network had lost it: its client sends it again.
func (f *Forwarder) Receive(from node.Addr, m node.Message) {
	r, ok := m.(*rpc.Request)
	if !ok || f.name == "" || r.ID.Client == "" {
		return
	}
	l := f.lines[r.ID.Client]
	if l == nil {
		l = f.line(r.ID.Client)
	}
	if len(l.waiting) >= maxLine {
		maps.DeleteFunc(l.waiting, func(number uint64, _ node.Addr) bool { return number <= r.Mark }) // given up
	}
	if len(l.waiting) >= maxLine {
		return
	}
	l.waiting[r.ID.Number] = from // of several tries, the latest waits
	select {
	case l.requests <- callBody{r.ID.Number, r.Mark, r.Method, r.Args}:
	default:
	}
}

// Close ends the connections.
func (f *Forwarder) Close() error {
	f.end()
	f.running.Wait()
	return nil
}

// line is a connection for one of the host's clients. waiting belongs to the node's loop.
type line struct {
	client   *Client
	requests chan callBody
	waiting  map[uint64]node.Addr
}

// maxLine bounds the requests of a client that wait for its connection, and those that
// wait for a result.
const maxLine = 1024

func (f *Forwarder) line(client node.Addr) *line {
	l := &line{requests: make(chan callBody, maxLine), waiting: map[uint64]node.Addr{}}
	l.client = newClient(f.cfg, f.name+"/"+string(client))
	l.client.hand = func(r resultBody) {
		// A host that has stopped has nobody who waits.
		_ = f.host.Do(f.service, func(node.Node) { f.arrived(l, client, r) })
	}
	f.lines[client] = l
	f.running.Go(func() { l.send(f.ctx) })
	return l
}

func (f *Forwarder) arrived(l *line, client node.Addr, r resultBody) {
	if from := l.waiting[r.Number]; from != "" {
		delete(l.waiting, r.Number)
		f.env.Send(from, &rpc.Reply{ID: rpc.XID{Client: client, Number: r.Number}, Status: rpc.Status(r.Status), Result: r.Result})
	}
}

// send sends what comes, over one connection after the other.
func (l *line) send(ctx context.Context) {
	defer l.client.Close()
	for {
		select {
		case b := <-l.requests:
			if link, err := l.client.connect(ctx); err == nil {
				_ = add(link.out, b) // if the connection is lost, so is the request
			}
		case <-ctx.Done():
			return
		}
	}
}
