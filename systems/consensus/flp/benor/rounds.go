package benor

import "fmt"

// advance goes on as soon as n-f votes of the present step have come. To wait for
// more would be to wait for the dead.
func (p *Process) advance() {
	if p.output != Question {
		return
	}
	var counts [3]int
	came := 0
	for _, h := range p.heard[p.step()] {
		if h.came {
			counts[h.v]++
			came++
		}
	}
	if came < len(p.cfg.Members)-p.cfg.F {
		return
	}
	if len(p.said)/2 >= maxRounds {
		p.env.Halt(fmt.Errorf("benor: %s has not decided in %d rounds", p.env.Self(), maxRounds))
		return
	}
	if p.step()%2 == 0 {
		p.propose(counts)
	} else {
		p.conclude(counts)
	}
}

// propose ends the first phase.
func (p *Process) propose(counts [3]int) {
	n, needed := len(p.cfg.Members), len(p.cfg.Members)/2+1
	if p.cfg.Byzantine {
		needed = (n+p.cfg.F)/2 + 1
	}
	proposal := Question
	for v := range Question {
		if counts[v] >= needed {
			proposal = v
		}
	}
	p.say(proposal)
}

// conclude ends the second phase, and the round.
func (p *Process) conclude(counts [3]int) {
	v := Value(0)
	if counts[1] > counts[0] {
		v = 1
	}
	adopt, enough := 1, p.cfg.F+1
	if p.cfg.Byzantine {
		adopt, enough = p.cfg.F+1, (len(p.cfg.Members)+p.cfg.F)/2+1
	}
	if counts[v] < adopt {
		//parley:rule flp.circumvent.randomization drop
		p.x = p.coin()
	} else {
		p.x = v
	}
	//parley:rule flp.consensus.agreement value=counts[v]>=adopt
	if counts[v] >= enough {
		p.decide(v)
		return
	}
	p.say(p.x)
}

// coin is the free choice.
func (p *Process) coin() Value { return Value(p.env.Rand().IntN(2)) }

func (p *Process) decide(v Value) {
	//parley:rule flp.consensus.validity value=0
	p.output = v
	p.log.Append([]byte{decided + byte(p.output)})
	p.resend.Stop()
	clear(p.heard)
}
