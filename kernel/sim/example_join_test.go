package sim_test

import (
	"fmt"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// Fetch asks a member for the page of its state with that number.
type Fetch struct {
	Page int `wire:"1"`
}

// Page is a part of the state, or says that there is no such page.
type Page struct {
	Text string `wire:"1"`
	End  bool   `wire:"2"`
}

// Joined tells a member who has copied all of its state.
type Joined struct {
	Pages int `wire:"1"`
}

var (
	_ = wire.Register[Fetch]("example.fetch")
	_ = wire.Register[Page]("example.page")
	_ = wire.Register[Joined]("example.joined")
)

// Member serves its pages and knows who joined.
type Member struct {
	env   node.Env
	pages []string
}

func (m *Member) Start(env node.Env) { m.env = env }

func (m *Member) Receive(from node.Addr, msg node.Message) {
	switch msg := msg.(type) {
	case *Fetch:
		if msg.Page >= len(m.pages) {
			m.env.Send(from, &Page{End: true})
			return
		}
		m.env.Send(from, &Page{Text: m.pages[msg.Page]})
	case *Joined:
		fmt.Printf("%s has joined with %d pages\n", from.Host(), msg.Pages)
		m.env.Send(from, msg)
	}
}

// Newcomer copies a member's state, page by page, and then says so. What it
// has is in its log: after a crash it goes on where it was. The output rule
// lets nobody hear of a page that is not durable.
type Newcomer struct{ member node.Addr }

func (n *Newcomer) Start(env node.Env) {
	env.Go(func(t node.Task) {
		log := env.Log("pages")
		next := int(log.Next()) - 1 // pages count from 0, records from 1
		fmt.Printf("begin at page %d\n", next)
		for ; ; next++ {
			page := ask(t, n.member, &Fetch{next}).(*Page)
			if page.End {
				break
			}
			log.Append([]byte(page.Text))
		}
		ask(t, n.member, &Joined{next})
		fmt.Println("done")
	})
}

func (n *Newcomer) Receive(node.Addr, node.Message) {}

// ask repeats a request that is safe to repeat until it is answered.
func ask(t node.Task, to node.Addr, request node.Message) node.Message {
	for {
		if answer, err := t.Call(to, request, 50*time.Millisecond); err == nil {
			return answer
		}
	}
}

// A sequence as a task: a newcomer joins by many calls in a row, crashes in
// the middle, and goes on from its log.
func Example_task() {
	w := sim.New(sim.Config{Seed: 1, Link: sim.Link{Delay: sim.Constant(time.Millisecond), Loss: 0.1}})
	defer w.Close()
	pages := make([]string, 20)
	for i := range pages {
		pages[i] = fmt.Sprintf("page %d", i)
	}
	member := w.Host("a").Serve("state", func() node.Node { return &Member{pages: pages} })
	w.Host("b").Serve("state", func() node.Node { return &Newcomer{member} })

	w.Run(130 * time.Millisecond)
	w.Host("b").Crash()
	w.Run(time.Second)
	w.Host("b").Restart()
	w.Run(10 * time.Second)

	// Output:
	// begin at page 0
	// begin at page 11
	// b has joined with 20 pages
	// done
}
