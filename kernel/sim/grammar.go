package sim

import (
	"fmt"
	"strings"
	"time"
)

// SyntaxError says where a plan cannot be read, and why.
type SyntaxError struct {
	Line, Column int // from 1; the column counts bytes
	Reason       string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("plan: line %d, column %d: %s", e.Line, e.Column, e.Reason)
}

// Parse reads a plan. The error is a *SyntaxError. A line is empty, a comment,
// or one fault:
//
//	fault    = [ window ] [ trigger ] action .
//	window   = "at" time [ "for" time ] | "from" time "to" time .
//	trigger  = "on" moment "of" hosts [ "with" chance ] [ "for" time ] .
//	moment   = "write" | "fsync" | "send" [ type ] | "note" [ text ] .
//	action   = "crash" hosts [ again ] | "power-loss" [ again ]
//	         | "restart" hosts | "pause" hosts
//	         | "partition" split
//	         | degrade "links" ( "*" | hosts "->" hosts )
//	         | "step" "clock" hosts sign time | "drift" "clock" hosts sign number "ppm"
//	         | "disk" hosts harm .
//	again    = ";" "restart" "after" time .
//	split    = "halves" hosts "|" hosts { "|" hosts } | "bridge" hosts "|" hosts "|" hosts
//	         | "ring" hosts | "isolate" hosts | "one-way" hosts "->" hosts .
//	degrade  = ( "loss" | "duplicate" | "reorder" ) chance | "delay" dist
//	         | "bandwidth" bytes [ "queue" bytes ]
//	         | "lose" number [ ".." number ] { "," number [ ".." number ] } .
//	harm     = "fsync" dist | "full" bytes | "fail-sync" | "rot" | "wipe" .
//	hosts    = "*" | name { "," name } .
//
// lose loses the messages of a link by their number on it, from 1: what a
// shrunk run did not need. "#" begins a comment. time is written as 1.5s or 20ms, dist as Dist's text
// form, type as raft.Vote, text in double quotes. Behind a trigger, "it" names
// the host that pulled it, and a crash that names nobody means it.
func Parse(text string) (Plan, error) {
	var plan Plan
	for n, line := range strings.Split(text, "\n") {
		f, ok, err := parseLine(line)
		if err != nil {
			err.Line = n + 1
			return nil, err
		}
		if ok {
			plan = append(plan, f)
		}
	}
	return plan, nil
}

func parseLine(line string) (f Fault, ok bool, err *SyntaxError) {
	tokens, err := scan(line)
	if err != nil || len(tokens) == 1 { // the end alone
		return Fault{}, false, err
	}
	p := &parser{tokens: tokens}
	defer func() {
		if r := recover(); r != nil {
			syntax, ours := r.(*SyntaxError)
			if !ours {
				panic(r)
			}
			err = syntax
		}
	}()
	return p.fault(), true, nil
}

// fault reads a whole line.
func (p *parser) fault() Fault {
	var f Fault
	window := p.window(&f)
	if p.accept("on") {
		f.On = p.trigger(&f)
	}
	start := p.next
	f.Action = p.action(f.On != nil)
	if p.peek().text != "" {
		p.fail("%q is too much", p.peek().text)
	}
	p.agree(f, window, start)
	return f
}

// agree refuses what the parts do not mean together.
func (p *parser) agree(f Fault, window string, action int) {
	bounded := f.On == nil && f.To != 0 || f.On != nil && f.For != 0
	if bounded && !f.Action.lasts() {
		p.failAt(action, "%q happens at one moment and cannot last", p.tokens[action].text)
	}
	if f.On != nil && window == "at" && f.To == 0 {
		p.failAt(0, `a trigger is armed "from" one time "to" another`)
	}
	if f.On == nil {
		for _, name := range f.Action.names() {
			if name == "it" {
				p.failAt(action, `"it" has a meaning only behind a trigger`)
			}
		}
	}
}

func (p *parser) window(f *Fault) (word string) {
	switch {
	case p.accept("at"):
		f.From = p.duration()
		if p.accept("for") {
			f.To = f.From + p.positive()
		}
		return "at"
	case p.accept("from"):
		f.From = p.duration()
		p.expect("to")
		at := p.next
		if f.To = p.duration(); f.To <= f.From {
			p.failAt(at, "the window ends before it begins")
		}
		return "from"
	}
	return ""
}

func (p *parser) trigger(f *Fault) *Trigger {
	t := &Trigger{Chance: 1}
	word := p.word("a moment: write, fsync, send or note")
	for m, name := range momentNames {
		if name == word && name != "" {
			t.Moment = Moment(m)
		}
	}
	switch {
	case t.Moment == 0:
		p.failAt(p.next-1, "%q is not a moment: write, fsync, send or note", word)
	case t.Moment == Notes && p.peek().quoted:
		t.Detail = p.take().text
	case t.Moment == Sends && p.peek().text != "of":
		t.Detail = p.word("a type of message")
	}
	p.expect("of")
	t.Hosts = p.hosts()
	if p.accept("with") {
		t.Chance = p.chance()
	}
	if p.accept("for") {
		f.For = p.positive()
	}
	return t
}

func (p *parser) action(triggered bool) Action {
	switch word := p.word("an action"); word {
	case "crash":
		if next := p.peek().text; triggered && (next == "" || next == ";") {
			return CrashHosts{[]string{"it"}, p.again()}
		}
		return CrashHosts{p.hosts(), p.again()}
	case "power-loss":
		return PowerLoss{p.again()}
	case "restart":
		return RestartHosts{p.hosts()}
	case "pause":
		return PauseHosts{p.hosts()}
	case "partition":
		return p.split()
	case "loss", "duplicate", "reorder", "delay", "bandwidth", "lose":
		return p.degrade(word)
	case "step", "drift":
		return p.clock(word)
	case "disk":
		return p.harm()
	default:
		p.failAt(p.next-1, "%q is not an action", word)
		return nil
	}
}

// again reads how long after a crash the restart comes.
func (p *parser) again() time.Duration {
	if !p.accept(";") {
		return 0
	}
	p.expect("restart")
	p.expect("after")
	return p.positive()
}

func (p *parser) split() Action {
	shape := p.word("a shape")
	separator, least, most := "|", 1, 1
	switch shape {
	case "halves":
		least, most = 2, 64
	case "bridge":
		least, most = 3, 3
	case "ring", "isolate":
	case "one-way":
		separator, least, most = "->", 2, 2
	default:
		p.failAt(p.next-1, "%q is not a shape: halves, bridge, ring, isolate or one-way", shape)
	}
	s := Split{Shape: shape}
	for len(s.Groups) < most && (len(s.Groups) == 0 || len(s.Groups) < least || p.peek().text == separator) {
		if len(s.Groups) > 0 {
			p.expect(separator)
		}
		if shape != "one-way" && p.peek().text == "*" {
			p.fail("%s needs the names of the hosts", shape)
		}
		s.Groups = append(s.Groups, p.hosts())
	}
	return s
}

func (p *parser) degrade(kind string) Action {
	d := Degrade{Kind: kind}
	switch kind {
	case "delay":
		d.Delay = p.dist()
	case "bandwidth":
		d.Bytes = p.bytes(1)
		if p.accept("queue") {
			d.Queue = p.bytes(1)
		}
	case "lose":
		d.Lost = p.numbers()
	default:
		d.P = p.chance()
	}
	p.expect("links")
	if d.From = p.hosts(); d.From != nil || p.peek().text == "->" {
		p.expect("->")
		d.To = p.hosts()
	}
	return d
}

func (p *parser) clock(verb string) Action {
	p.expect("clock")
	hosts := p.hosts()
	if verb == "step" {
		return StepClock{hosts, p.signed()}
	}
	return DriftClock{hosts, p.ppm()}
}

func (p *parser) harm() Action {
	h := HarmDisk{Hosts: p.hosts()}
	switch h.Kind = p.word("a harm"); h.Kind {
	case "fsync":
		h.Fsync = p.dist()
	case "full":
		h.Free = p.bytes(0)
	case "fail-sync", "rot", "wipe":
	default:
		p.failAt(p.next-1, "%q is not a harm: fsync, full, fail-sync, rot or wipe", h.Kind)
	}
	return h
}
