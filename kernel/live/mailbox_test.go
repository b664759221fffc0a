package live

import (
	"errors"
	"runtime"
	"testing"

	"github.com/parleysystems/parley/node"
)

func TestANudgeKeepsTheLoopFromSleeping(t *testing.T) {
	b := DefaultBounds()
	m := newMailbox(&b)
	m.nudge()
	if m.fallAsleep() {
		t.Fatal("asleep in spite of a nudge")
	}
	m.take(nil)
	if !m.fallAsleep() {
		t.Fatal("awake without a reason")
	}
	m.nudge()
	<-m.wake
	m.take(nil)
	if !m.fallAsleep() {
		t.Fatal("awake without a reason")
	}
	m.rouse() // a timer
	m.post(func(node.Node) {}, true)
	if len(m.wake) > 0 {
		t.Fatal("a token for a loop that is awake")
	}
	if m.fallAsleep() {
		t.Fatal("asleep with an event waiting")
	}
}

// A loop that has looked whether it is to stop, just before, takes what is there once more.
func TestACloseKeepsTheLoopFromSleeping(t *testing.T) {
	b := DefaultBounds()
	m := newMailbox(&b)
	m.close()
	m.take(nil)
	if m.fallAsleep() {
		t.Fatal("asleep, and nobody will wake it")
	}
}

func TestMailboxBoundsMessagesByTheirBytes(t *testing.T) {
	b := DefaultBounds()
	b.MailboxBytes = 100
	m := newMailbox(&b)
	m.deliver(make([]event, 1), 1000) // larger than the bound, but alone
	m.deliver(make([]event, 1), 1)
	if n, dropped := m.stats(); n != 1 || dropped != 1 {
		t.Fatalf("%d waiting, %d dropped", n, dropped)
	}
	m.take(nil)
	m.deliver(make([]event, 1), 99)
	m.deliver(make([]event, 1), 1)
	if n, dropped := m.stats(); n != 2 || dropped != 1 {
		t.Fatalf("%d waiting, %d dropped", n, dropped)
	}
	if m.close(); !errors.Is(m.post(nil, false), ErrStopped) {
		t.Fatal("a post into a closed mailbox")
	}
}

func TestClosingAMailboxFreesWhoWaitsForRoom(t *testing.T) {
	b := DefaultBounds()
	b.MailboxPosts = 1
	m := newMailbox(&b)
	m.post(nil, true)
	freed := make(chan error)
	go func() { freed <- m.post(nil, true) }()
	for waiting := 0; waiting == 0; runtime.Gosched() {
		m.mu.Lock()
		waiting = m.waiting
		m.mu.Unlock()
	}
	m.close()
	if err := <-freed; !errors.Is(err, ErrStopped) {
		t.Fatalf("freed with %v", err)
	}
}
