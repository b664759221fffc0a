package primarybackup

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// ViewServer is the one authority on views: a node of its own, on a host of its own
// or beside a server.
type ViewServer struct {
	cfg     Patience
	env     node.Env
	stream  node.Log
	tick    node.Timer
	now     decision
	servers []*watched // by address
}

// decision is what the view server must not forget.
type decision struct {
	View  View `wire:"1"`
	Acked bool `wire:"2"` // by the view's primary
}

// watched is a server that has pinged.
type watched struct {
	addr   node.Addr
	pinged bool // since the latest tick
	missed int  // pings in a row
	dead   bool
}

// NewViewServer returns a view server. It panics if cfg is not valid.
func NewViewServer(cfg Patience) *ViewServer {
	if err := cfg.Validate(); err != nil {
		panic(err)
	}
	return &ViewServer{cfg: cfg.withDefaults()}
}

// Start reads back the latest decision. The servers of that view count as alive
// until they miss pings.
func (s *ViewServer) Start(env node.Env) {
	s.env, s.stream, s.tick = env, env.Log("views"), env.Timer(s.onTick)
	for lsn, record := range s.stream.Records(0) {
		s.now = decision{}
		if err := wire.UnmarshalBody(record, &s.now); err != nil {
			env.Halt(fmt.Errorf("primarybackup: read decision %d of the view server: %w", lsn, err))
			return
		}
	}
	for _, a := range []node.Addr{s.now.View.Primary, s.now.View.Backup} {
		if a != "" {
			s.server(a)
		}
	}
	s.tick.Reset(s.cfg.PingInterval)
}

// View returns the present view, and whether its primary has acknowledged it.
func (s *ViewServer) View() (View, bool) { return s.now.View, s.now.Acked }

// server returns what is known of a server; who is new is noted.
func (s *ViewServer) server(a node.Addr) *watched {
	i, known := slices.BinarySearchFunc(s.servers, a, func(w *watched, a node.Addr) int {
		return strings.Compare(string(w.addr), string(a))
	})
	if !known {
		s.servers = slices.Insert(s.servers, i, &watched{addr: a})
	}
	return s.servers[i]
}

// Receive takes pings.
func (s *ViewServer) Receive(from node.Addr, m node.Message) {
	if m, ok := m.(*Ping); ok {
		s.onPing(from, m)
	}
}

// onPing takes notice that a server lives. A server with a role that knows of no
// view has lost the state that the role rests on.
func (s *ViewServer) onPing(from node.Addr, m *Ping) {
	w := s.server(from)
	w.pinged, w.dead = true, false
	v := s.now.View
	switch {
	case v.Number == 0:
		s.decide(View{Number: 1, Primary: from, Since: 1})
	case from == v.Primary && m.Acked == v.Number && !s.now.Acked:
		s.now.Acked = true
		s.save()
		s.env.Note("view acknowledged", slog.Uint64("view", uint64(v.Number)))
	case (from == v.Primary || from == v.Backup) && m.View == 0 && s.now.Acked:
		s.env.Note("state lost", slog.String("server", string(from)))
		w.dead = true
	}
	s.advance()
	s.env.Send(from, s.viewIs())
}

// onTick counts the pings that are missing. A server is dead after so many in a
// row, and alive again with the next one.
func (s *ViewServer) onTick() {
	s.tick.Reset(s.cfg.PingInterval)
	for _, w := range s.servers {
		if w.pinged {
			w.pinged = false
			//parley:rule primarybackup.viewserver.ping-liveness drop
			w.missed = 0
			continue
		}
		if w.missed++; w.missed >= s.cfg.DeadPings && !w.dead {
			w.dead = true
			s.env.Note("taken for dead", slog.String("server", string(w.addr)))
		}
	}
	s.advance()
}

// decide makes a view the present one, durably before anybody hears of it (I1),
// and announces it to all servers.
func (s *ViewServer) decide(v View) {
	s.now = decision{View: v}
	s.save()
	s.env.Note("view", slog.Uint64("number", uint64(v.Number)), slog.String("primary", string(v.Primary)), slog.String("backup", string(v.Backup)))
	for _, w := range s.servers {
		s.env.Send(w.addr, s.viewIs())
	}
}

func (s *ViewServer) save() {
	b, err := wire.AppendBody(nil, &s.now)
	if err != nil {
		panic(fmt.Sprintf("primarybackup: %v", err))
	}
	s.stream.Trim(s.stream.Append(b))
}

func (s *ViewServer) viewIs() *ViewIs {
	m := &ViewIs{View: s.now.View}
	for _, w := range s.servers {
		if w.addr != m.View.Primary && w.addr != m.View.Backup {
			m.Spares = append(m.Spares, w.addr)
		}
	}
	return m
}
