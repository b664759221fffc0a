package twophasetest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/commit/twophase"
	"github.com/parleysystems/parley/systems/commit/twophase/bank"
)

// Stage is one transaction, ready to be committed, in a world in which nothing
// happens unless somebody says so: a message arrives, is lost, a host crashes, comes
// back, or loses patience. Scripts direct it, and searches do.
type Stage struct {
	World        *sim.World
	Oracle       *Oracle
	Tx           twophase.TxID
	participants []string // hosts
	votes        string   // y, n or r for each
	probe        *probe
	err          error // a direction that cannot be followed
	costs        map[string]*cost
}

// Names of the hosts of a stage, and of the one account at each bank.
const (
	coordinatorHost = "c"
	clientHost      = "x"
	account         = "account"
	opening         = 1000
)

var coordinatorAddr = node.Join(coordinatorHost, "coordinator")

// bankNames are the hosts of participants.
var bankNames = []string{"a", "b", "d", "e", "f", "g"}

func participantAddr(host string) node.Addr { return node.Join(host, "participant") }

// slow is a config in which only Expire loses patience.
func slow(v twophase.Variant) twophase.Config {
	return twophase.Config{
		Variant: v, VoteTimeout: 1000 * time.Hour, ResendAfter: 1000 * time.Hour,
		DoubtTimeout: 1000 * time.Hour, IdleTimeout: 1000 * time.Hour,
	}
}

// newStage sets a stage for a transaction whose participants will vote as votes
// says: y, n (an overdraft) or r (read-only). Its Finish waits to be delivered.
func newStage(c sim.Config, o *Oracle, votes string, cfg twophase.Config) *Stage {
	c.Hold, c.Observer, c.Fsync = true, o, sim.Constant(time.Microsecond)
	s := &Stage{World: sim.New(c), Oracle: o, participants: bankNames[:len(votes)], votes: votes, costs: map[string]*cost{}}
	s.World.Host(coordinatorHost).Serve("coordinator", func() node.Node { return s.meter(coordinatorHost, twophase.NewCoordinator(cfg)) })
	for _, h := range s.participants {
		s.World.Host(h).Serve("participant", func() node.Node {
			return s.meter(h, twophase.NewParticipant(bank.New(map[string]int64{account: opening}), cfg))
		})
	}
	s.probe = &probe{stage: s}
	s.World.Host(clientHost).Serve("client", func() node.Node { return s.probe })
	for !s.holds("Finish") {
		s.settle()
		if s.holds("Finish") {
			break
		}
		if len(s.World.Held()) == 0 {
			panic("twophasetest: a stage that cannot be set")
		}
		s.World.Deliver(0)
		s.settle()
	}
	return s
}

// probe is the client: it works, asks for the commit, and takes down the answer.
type probe struct {
	stage *Stage
	told  twophase.Decision
	env   node.Env
	asks  *twophase.Finish
}

func (p *probe) Start(env node.Env) {
	p.env = env
	env.Go(func(t node.Task) {
		x := &exchange{t}
		tx := x.call(coordinatorAddr, &twophase.Begin{}).(*twophase.Begun).Tx
		m := &twophase.Finish{Tx: tx, Commit: true}
		for i, h := range p.stage.participants {
			b := twophase.Branch{Participant: participantAddr(h), Ops: 1}
			e := x.call(b.Participant, &twophase.Execute{Tx: tx, Seq: 1, Body: p.stage.operation(i)}).(*twophase.Executed)
			b.ReadOnly = !e.Wrote
			m.Branches = append(m.Branches, b)
		}
		p.stage.Tx, p.asks = tx, m
		p.stage.Oracle.asked(tx, m.Branches)
		env.Send(coordinatorAddr, m)
	})
}

// StateHash implements sim.StateHasher.
func (p *probe) StateHash() uint64 { return uint64(p.told) }

func (p *probe) Receive(_ node.Addr, m node.Message) {
	if o, ok := m.(*twophase.Outcome); ok {
		p.told = o.Decision
		p.stage.Oracle.tell(o.Tx, o.Decision)
	}
}

// exchange makes calls that are answered in the end.
type exchange struct{ t node.Task }

func (x *exchange) call(to node.Addr, m node.Message) node.Message {
	answer, err := x.t.Call(to, m, 1000*time.Hour)
	if err != nil {
		panic(err)
	}
	return answer
}

// operation returns what the i-th participant is asked to do: money goes from the
// first of those that vote yes to the others.
func (s *Stage) operation(i int) []byte {
	switch {
	case s.votes[i] == 'n':
		return bank.Add(account, -2*opening)
	case s.votes[i] == 'r':
		return bank.Read(account)
	case i == strings.IndexByte(s.votes, 'y'):
		return bank.Add(account, -10*int64(strings.Count(s.votes, "y")-1)-1)
	}
	return bank.Add(account, 10)
}

// settle lets everything happen that needs no direction: disks, and tasks.
func (s *Stage) settle() { s.World.Run(time.Millisecond) }

// holds tells whether a message of a type waits.
func (s *Stage) holds(kind string) bool {
	return slices.ContainsFunc(s.World.Held(), func(m sim.Held) bool { return m.What == "twophase."+kind })
}

// find returns the oldest message of a type from a host to another, or -1.
func (s *Stage) find(kind, from, to string) int {
	return slices.IndexFunc(s.World.Held(), func(m sim.Held) bool {
		return m.What == "twophase."+kind && m.From.Host() == from && m.To.Host() == to
	})
}

// fail keeps the first direction that could not be followed.
func (s *Stage) fail(format string, args ...any) {
	if s.err == nil {
		s.err = fmt.Errorf("stage: "+format, args...)
	}
}

// deliver lets messages of a type arrive, on links written as "c>a".
func (s *Stage) deliver(kind string, links ...string) {
	for _, link := range links {
		from, to, _ := strings.Cut(link, ">")
		i := s.find(kind, from, to)
		if i < 0 {
			s.fail("no %s from %s to %s", kind, from, to)
			return
		}
		s.World.Deliver(i)
		s.settle()
	}
}

// lose loses them.
func (s *Stage) lose(kind string, links ...string) {
	for _, link := range links {
		from, to, _ := strings.Cut(link, ">")
		i := s.find(kind, from, to)
		if i < 0 {
			s.fail("no %s from %s to %s to lose", kind, from, to)
			return
		}
		s.World.Lose(i)
	}
}

// lethal lets a message arrive, and crashes its receiver before what that logged
// is durable.
func (s *Stage) lethal(i int) {
	h := s.World.Host(s.World.Held()[i].To.Host())
	s.World.Deliver(i)
	s.World.Run(0)
	h.Crash()
	s.settle()
}

func (s *Stage) crash(hosts ...string) {
	for _, h := range hosts {
		s.World.Host(h).Crash()
		s.settle()
	}
}

func (s *Stage) restart(hosts ...string) {
	for _, h := range hosts {
		s.World.Host(h).Restart()
		s.settle()
	}
}

// expire makes hosts lose patience with whatever they wait for.
func (s *Stage) expire(hosts ...string) {
	for _, h := range hosts {
		if c := s.coordinator(); c != nil && h == coordinatorHost {
			s.World.Do(coordinatorAddr, func(node.Node) { c.Expire() })
		} else if h != coordinatorHost {
			s.World.Do(participantAddr(h), func(n node.Node) { n.(*metered).Node.(*twophase.Participant).Expire() })
		}
		s.settle()
	}
}

// flow lets everything arrive that is under way, and what follows from it.
func (s *Stage) flow() {
	for n := 0; len(s.World.Held()) > 0; n++ {
		if n > 10_000 {
			s.fail("messages without end")
			return
		}
		s.World.Deliver(0)
		s.settle()
	}
}

// ask has the client ask again for the outcome.
func (s *Stage) ask() {
	s.World.Do(node.Join(clientHost, "client"), func(n node.Node) { p := n.(*probe); p.env.Send(coordinatorAddr, p.asks) })
	s.settle()
}

func (s *Stage) coordinator() *twophase.Coordinator {
	if m, up := s.World.Node(coordinatorAddr).(*metered); up {
		return m.Node.(*twophase.Coordinator)
	}
	return nil
}

func (s *Stage) participant(host string) *twophase.Participant {
	if m, up := s.World.Node(participantAddr(host)).(*metered); up {
		return m.Node.(*twophase.Participant)
	}
	return nil
}

func (s *Stage) bank(host string) *bank.Bank { return s.participant(host).Resource().(*bank.Bank) }

// rest brings everybody up and lets all doubt end.
func (s *Stage) rest() error {
	s.restart(append([]string{coordinatorHost}, s.participants...)...)
	for range 4 {
		s.flow()
		s.expire(append([]string{coordinatorHost}, s.participants...)...)
	}
	s.flow()
	return s.quiet()
}

// quiet judges a stage at rest: nothing is unfinished, and money has moved at all
// participants or at none.
func (s *Stage) quiet() error {
	if err := s.Oracle.settled(); err != nil {
		return err
	}
	moved, held := "", ""
	for i, h := range s.participants {
		p := s.participant(h)
		if p == nil || p.Holding() > 0 || s.bank(h).Locked(account) {
			return fmt.Errorf("liveness: %s is not through with the transaction", h)
		}
		if s.votes[i] == 'r' {
			continue
		}
		if s.bank(h).Balance(account) != opening {
			moved += h
		} else {
			held += h
		}
	}
	if moved != "" && held != "" {
		return fmt.Errorf("atomicity: money has moved at %s and not at %s", moved, held)
	}
	if c := s.coordinator(); c == nil || len(c.Unfinished()) > 0 {
		return fmt.Errorf("liveness: the coordinator is not through with the transaction")
	}
	return s.err
}

// committed tells whether money has moved at a host.
func (s *Stage) committed(host string) bool {
	return s.participant(host) != nil && s.bank(host).Balance(account) != opening
}

// inDoubt tells whether a participant is, with its locks.
func (s *Stage) inDoubt(host string) bool {
	p := s.participant(host)
	return p != nil && len(p.InDoubt()) == 1 && s.bank(host).Locked(account)
}

// nodeSends returns what has the client send a message to the coordinator.
func nodeSends(m node.Message) func(node.Node) {
	return func(n node.Node) { n.(*probe).env.Send(coordinatorAddr, m) }
}
