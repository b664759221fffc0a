package pbfttest

import (
	"fmt"
	"hash/fnv"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/check"
	"github.com/parleysystems/parley/kernel/experiment"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/pbft"
	"github.com/parleysystems/parley/systems/replication/rsm"
)

// Program is a deterministic service: what is stored, and a step.
type Program struct {
	stored map[string]string
	step   func(stored map[string]string, words []string) string
}

func newProgram(step func(map[string]string, []string) string) *Program {
	return &Program{map[string]string{}, step}
}

// Apply makes a step.
func (p *Program) Apply(_ rsm.Index, op []byte) []byte {
	return []byte(p.step(p.stored, strings.Fields(string(op))))
}

// Query answers nothing: all is asked by steps.
func (p *Program) Query(any) any { return nil }

func (p *Program) text() string {
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(p.stored)) {
		fmt.Fprintf(&b, "%q %q\n", k, p.stored[k])
	}
	return b.String()
}

// Capture copies the state.
func (p *Program) Capture() rsm.Capture { return text(p.text()) }

// Restore reads what Capture wrote.
func (p *Program) Restore(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	p.stored = map[string]string{}
	for line := range strings.Lines(string(b)) {
		var k, v string
		if _, err := fmt.Sscanf(line, "%q %q", &k, &v); err != nil {
			return fmt.Errorf("pbfttest: restore %q: %w", line, err)
		}
		p.stored[k] = v
	}
	return nil
}

// Digest condenses the state.
func (p *Program) Digest() uint64 {
	h := fnv.New64a()
	io.WriteString(h, p.text())
	return h.Sum64()
}

type text string

func (t text) Release() {}

func (t text) WriteTo(w io.Writer) (int64, error) {
	n, err := io.WriteString(w, string(t))
	return int64(n), err
}

// programs are services that have little in common.
var programs = []struct {
	name string
	step func(map[string]string, []string) string
	op   func(i int) string
}{
	{"counter", count, func(int) string { return "add 1" }},
	{"store", store, func(i int) string { return fmt.Sprintf("%s k%d v%d", []string{"put", "get", "del"}[i%3], i%4, i) }},
	{"files", files, func(i int) string {
		return []string{"mkdir /d", "append /d/f line" + strconv.Itoa(i), "read /d/f", "move /d/f /d/g", "list /d", "append /d/g more"}[i%6]
	}},
	{"interpreter", interpret, func(i int) string { return []string{"x 3 * 1 + =x", "x y + 7 % =y", "y x - =z", "z"}[i%4] }},
}

func count(s map[string]string, words []string) string {
	n, _ := strconv.Atoi(s["n"])
	s["n"] = strconv.Itoa(n + 1)
	return s["n"]
}

func store(s map[string]string, w []string) string {
	old := s[w[1]]
	switch w[0] {
	case "put":
		s[w[1]] = w[2]
	case "del":
		delete(s, w[1])
	}
	return old
}

// files is a service of directories and files, each known by its path.
func files(s map[string]string, w []string) string {
	switch w[0] {
	case "mkdir":
		s[w[1]+"/"] = ""
	case "append":
		s[w[1]] += w[2] + ";"
	case "read":
		return s[w[1]]
	case "move":
		if old, there := s[w[1]]; there {
			s[w[2]] = old
			delete(s, w[1])
		}
	case "list":
		var all []string
		for _, path := range slices.Sorted(maps.Keys(s)) {
			if strings.HasPrefix(path, w[1]+"/") {
				all = append(all, path)
			}
		}
		return strings.Join(all, " ")
	}
	return "ok"
}

// interpret runs a line in reverse Polish notation on variables that stay.
func interpret(s map[string]string, w []string) string {
	var stack []int
	pop := func() int {
		if len(stack) == 0 {
			return 0
		}
		x := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		return x
	}
	for _, word := range w {
		n, err := strconv.Atoi(word)
		switch {
		case err == nil:
			stack = append(stack, n)
		case word[0] == '=':
			s[word[1:]] = strconv.Itoa(pop())
		case word == "+":
			stack = append(stack, pop()+pop())
		case word == "*":
			stack = append(stack, pop()*pop()%1_000_003)
		case word == "-":
			less := pop()
			stack = append(stack, pop()-less)
		case word == "%":
			m := max(pop(), 1)
			stack = append(stack, pop()%m)
		default:
			n, _ := strconv.Atoi(s[word])
			stack = append(stack, n)
		}
	}
	return strconv.Itoa(pop())
}

// AnyProgram compares replicated services with the same ones on a single machine.
var AnyProgram = experiment.Register(&experiment.Experiment{
	System: "pbft", Name: "any-program", Hosts: "4", Enough: 8,
	Question: `Can a group run any deterministic program, even if its primary fails? A counter, a store, a file service and a small interpreter, by seed, are used by one client
while the primary crashes in the midst, or equivocates, or lies: the results must be those of the same program on a single machine. An
operation that depends on something local, by contrast, must get no result: replies do not match.`,
	Canon: []string{"pbft.claim.primary-failure-arbitrary-program", "pbft.smr.same-requests-same-order", "pbft.execute.exactly-once-timestamps"},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		p := programs[seed%4]
		t := small(4, map[string]Adversary{"a": []Adversary{{}, Equivocating, Lying, Replaying}[seed/4%4]})
		t.Seed, t.Options = seed, o
		t.Config.Machine = func(host string) rsm.StateMachine {
			return newProgram(func(s map[string]string, w []string) string {
				if w[0] == "local" {
					return t.Cluster.World.Host(host).Clock().Now().String() + host
				}
				return p.step(s, w)
			})
		}
		r := experiment.Result{Verdict: check.OK}
		t.Script = func(t *Trial) error {
			r.Violation = t.compare(p.op, newProgram(p.step))
			return errStop
		}
		t.Run()
		r.Hash, r.Events, r.Elapsed = t.Cluster.World.Hash(), t.Cluster.World.Events(), t.Cluster.World.Now()
		if v := t.Cluster.Oracle.Violation(); v != "" {
			r.Violation = v
		}
		if r.Violation != "" {
			r.Verdict = check.Violation
		}
		return r
	},
})

// compare has a client run a program, step by step, beside a machine of its own.
func (t *Trial) compare(op func(int) string, single *Program) string {
	c, x := t.Cluster, t.Cluster.Clients[0]
	run := func(op string, limit time.Duration) *Outcome {
		o := &Outcome{}
		x.Do(func(g *pbft.Gateway) {
			g.Invoke([]byte(op), func(result []byte, err error) { o.Done, o.Result, o.Err = true, result, err })
		})
		c.Await(func() bool { return o.Done }, limit)
		return o
	}
	for i := range 40 {
		if i == 15 {
			c.World.Host("a").Crash()
		}
		if i == 30 {
			c.World.Host("a").Restart()
		}
		want := single.Apply(0, []byte(op(i)))
		if o := run(op(i), 20*time.Second); !o.Done || string(o.Result) != string(want) {
			return fmt.Sprintf("step %d, %q: the group says %q (%v), a single machine %q", i, op(i), o.Result, o.Done, want)
		}
	}
	if o := run("local", 3*time.Second); o.Done {
		return fmt.Sprintf("an operation that each replica executes in its own way has the result %q", o.Result)
	}
	return ""
}

// Leak shows what replication does not do.
var Leak = experiment.Register(&experiment.Experiment{
	System: "pbft", Name: "leak", Hosts: "4", Once: true,
	Question: `Does the protocol keep secrets? One replica does all that it should, and sends a copy of every request to a stranger. Nothing is refused, nobody is suspected, no view changes, and the
stranger can be seen to have everything that was stored.`,
	Canon: []string{"pbft.limit.attacks-not-covered"},
	Run: func(seed uint64, o experiment.Options) experiment.Result {
		stranger := node.Join("stranger", "ear")
		leaked := map[string]bool{}
		t := small(4, map[string]Adversary{"b": {Name: "leaking", Receive: func(l *Liar, _ node.Addr, m node.Message) bool {
			if p, ok := m.(*pbft.PrePrepare); ok {
				l.Pass(stranger, p)
			}
			return true
		}}})
		t.Seed, t.Options = seed, o
		t.Script = func(t *Trial) error {
			t.Cluster.World.Host("stranger").Serve("ear", func() node.Node { return ear(leaked) })
			return nil
		}
		t.Judge = func(t *Trial) error {
			if t.Notes.Counts["view change"]+t.Notes.Counts["equivocation"]+t.Notes.Counts["send pbft.Doubt"] > 0 {
				return fmt.Errorf("somebody noticed something: %v", t.Notes.Counts)
			}
			for _, op := range t.Load.History.History() {
				if !leaked[fmt.Sprint(op.ID+1)] {
					return fmt.Errorf("operation %d was kept secret: then there is something that keeps secrets", op.ID)
				}
			}
			return nil
		}
		return t.Run()
	},
})
