package chain

import (
	"fmt"
	"hash/fnv"
	"io"
	"slices"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// register is the state machine that masters replicate: the configuration, and
// under which leadership changes are taken.
type register struct {
	now  *Configuration
	term uint64 // of the latest master that began to lead
}

// Change is a command of the register.
type Change struct {
	Kind  ChangeKind `wire:"1"`
	Term  uint64     `wire:"2"` // of the master that asks
	Epoch Epoch      `wire:"3"` // of the configuration that is to be changed
	Node  node.Addr  `wire:"4"`
}

// ChangeKind says what a Change does.
type ChangeKind uint8

const (
	// Lead begins a leadership: what earlier masters still ask for, and what is
	// only now executed, changes nothing any more. They do not know of the leases
	// that this one grants.
	Lead ChangeKind = iota
	Remove
	Join
	Extend // by the joining replica, as tail
)

func newRegister(founders []node.Addr) *register {
	chain := slices.Clone(founders)
	slices.Sort(chain)
	return &register{now: &Configuration{Epoch: 1, Since: 1, Chain: chain}}
}

// Apply executes a Change. It has no result: masters look at the state.
func (g *register) Apply(index rsm.Index, command []byte) []byte {
	c := &Change{}
	if err := wire.UnmarshalBody(command, c); err != nil {
		panic(fmt.Sprintf("chain: command at %d of the configuration service: %v", index, err))
	}
	switch {
	case c.Kind == Lead:
		g.term = max(g.term, c.Term)
	case c.Term != g.term || c.Epoch != g.now.Epoch:
	case c.Kind == Remove && (g.now.Joining == c.Node || g.now.has(c.Node) && len(g.now.Chain) > 1):
		g.now = g.now.without(c.Node)
	case c.Kind == Join && g.now.Joining == "" && !g.now.has(c.Node):
		g.now = g.now.joining(c.Node)
	case c.Kind == Extend && g.now.Joining == c.Node && c.Node != "":
		g.now = g.now.extended()
	}
	return nil
}

// Query returns the configuration, whatever is asked.
func (g *register) Query(any) any { return g.now }

// registered is the state as a Capture.
type registered []byte

func (r registered) Release() {}

func (r registered) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(r)
	return int64(n), err
}

func (g *register) encode() []byte {
	b, err := wire.AppendBody(nil, &Change{Term: g.term})
	if err != nil {
		panic(fmt.Sprintf("chain: %v", err))
	}
	return append(append([]byte{byte(len(b))}, b...), g.now.encode()...)
}

func (g *register) Capture() rsm.Capture { return registered(g.encode()) }

// Restore reads what Capture wrote: the term in a Change, behind its length in a
// byte, and the configuration.
func (g *register) Restore(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if len(b) < 1 || len(b) < 1+int(b[0]) {
		return fmt.Errorf("chain: restore configurations: %w", io.ErrUnexpectedEOF)
	}
	c := &Change{}
	if err := wire.UnmarshalBody(b[1:1+int(b[0])], c); err != nil {
		return fmt.Errorf("chain: restore configurations: %w", err)
	}
	now, err := decodeConfiguration(b[1+int(b[0]):])
	if err != nil {
		return err
	}
	g.term, g.now = c.Term, now
	return nil
}

func (g *register) Digest() uint64 {
	h := fnv.New64a()
	h.Write(g.encode())
	return h.Sum64()
}
