package primarybackup

import (
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/relay"
	"github.com/parleysystems/parley/systems/replication/rsm/rounds"
)

// Server is one server: an rsm.Engine.
type Server struct {
	relay.Relay
	cfg  Config
	self node.Addr

	view   View        // durable before anything is said in it
	spares []node.Addr // idle servers, as last heard
	pinged Ping        // the latest that has left
	acked  ViewNumber  // the latest view that this server acknowledged as primary
	told   View        // what the applier was last told

	ping    node.Timer
	resend  node.Timer
	leading primacy // void unless this server is primary
	asking  rounds.Asking
}

var _ rsm.Engine = (*Server)(nil)

// New returns a server. It panics if cfg is not valid.
func New(cfg Config) *Server {
	if err := cfg.Validate(); err != nil {
		panic(err)
	}
	return &Server{cfg: cfg.withDefaults()}
}

// Start reads back what outlived the last incarnation. A server that is primary
// still is: nobody else can have become it without its acknowledgement, or else it
// gets no more answers from its backup (I4, I5).
func (r *Server) Start(env node.Env, app rsm.Applier) {
	r.Env, r.App, r.Limits, r.Engine, r.self = env, app, r.cfg.Limits, "primarybackup", env.Self()
	r.ping, r.resend = env.Timer(r.onPingTimer), env.Timer(r.onResend)
	r.asking.Start(env)
	mark, err := r.Open()
	if err == nil && mark != nil {
		r.view, err = decodeView(mark)
	}
	if err != nil {
		env.Halt(err)
		return
	}
	if r.view.Primary == r.self {
		r.lead()
		if b := r.leading.backup; b != nil {
			b.Joint = true // it may have been before
		}
	}
	r.onPingTimer()
	r.resend.Reset(r.cfg.Resend / 2)
}

// Receive handles a message, if it is one of this engine's.
func (r *Server) Receive(from node.Addr, m node.Message) bool {
	switch m := m.(type) {
	case *relay.Update:
		r.onUpdate(from, m)
	case *relay.Held:
		r.onHeld(from, m)
	case *relay.Missing:
		r.onMissing(from, m)
	case *relay.Fetch:
		if from == r.view.Primary && ViewNumber(m.Epoch) == r.view.Number {
			r.Fetch(from)
		}
	case *Rejected:
		r.onRejected(m)
	case *ViewIs:
		r.onViewIs(from, m)
	case *rounds.Ask:
		r.onAsk(from, m)
	case *rounds.Answer:
		r.asking.Receive(m)
	default:
		if !r.Relay.Receive(from, m) {
			return false
		}
	}
	r.asking.Release(r.Committed())
	r.tell()
	return true
}

// tell lets the applier know of a change of primary, at the end of an event.
func (r *Server) tell() {
	if r.told.Since != r.view.Since || r.told.Primary != r.view.Primary {
		r.told = r.view
		r.App.LeaderChanged()
	}
}

// Leader returns the primary, and the number of its first view.
func (r *Server) Leader() (node.Addr, uint64) { return r.view.Primary, uint64(r.view.Since) }

// Leads tells whether this server is the primary of its view.
func (r *Server) Leads() bool { return r.leading.on }

// View returns the view that this server is in.
func (r *Server) View() View { return r.view }

// Acknowledged returns the latest view that this server acknowledged as primary.
func (r *Server) Acknowledged() ViewNumber { return r.acked }

// Status describes this server. The members are those that are to hold everything,
// as the view server has told this one.
func (r *Server) Status() rsm.Status {
	s := r.Relay.Status()
	s.Leader, s.Epoch = r.Leader()
	switch {
	case r.leading.on:
		s.Role = rsm.Leading
	case r.view.Backup != r.self:
		s.Role = rsm.Learning
	}
	s.Changing = r.leading.on && r.acked < r.view.Number
	for _, a := range []node.Addr{r.view.Primary, r.view.Backup} {
		if a != "" {
			s.Members = append(s.Members, rsm.Member{Addr: a})
		}
	}
	if !r.cfg.IdleSpares {
		for _, a := range r.spares {
			s.Members = append(s.Members, rsm.Member{Addr: a, Learner: true})
		}
	}
	return s
}
