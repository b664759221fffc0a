package main

import (
	"context"
	"fmt"
	"sync"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parleysystems/parley/cmd/parley/internal/screen"
	"github.com/parleysystems/parley/internal/cluster"
	"github.com/parleysystems/parley/serve/host"
)

// spawned is a host in a process of its own.
type spawned struct {
	screen *screen.Screen
	flags  *upFlags
	config *cluster.Config

	mu    sync.Mutex
	child *child // the latest incarnation
}

func (p *spawned) open(cuts []string) error {
	ch, err := startChild(p.screen, p.flags, p.config)
	if err != nil {
		return err
	}
	p.mu.Lock()
	p.child = ch
	p.mu.Unlock()
	p.screen.Printf("host %s  process %d", p.config.Name, ch.cmd.Process.Pid)
	if len(cuts) > 0 {
		p.cut(cuts)
	}
	return nil
}

func (p *spawned) now() *child {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.child
}

func (p *spawned) over() <-chan struct{} { return p.now().died }

func (p *spawned) status(ctx context.Context) host.Status { return p.now().status(ctx) }

// pause has the child freeze itself rather than stopping the process: a process
// that is stopped would stay behind if this one were killed.
func (p *spawned) pause() (resume func()) {
	ch := p.now()
	ch.tell(orderPause)
	return sync.OnceFunc(func() { ch.tell(orderResume) })
}

func (p *spawned) cut(hosts []string) { p.now().tell(append([]string{orderCut}, hosts...)...) }

// kill is kill -9.
func (p *spawned) kill() error { return p.now().cmd.Process.Kill() }

// grace is how long a child may take to stop before it is killed.
const grace = 10 * time.Second

func (p *spawned) close() error {
	ch := p.now()
	_ = ch.cmd.Process.Signal(syscall.SIGTERM) // it may have ended by itself
	_ = ch.tether.Close()
	deadline := time.NewTimer(grace)
	defer deadline.Stop()
	select {
	case <-ch.died:
		return nil
	case <-deadline.C:
		_ = ch.cmd.Process.Kill()
		<-ch.died
		return fmt.Errorf("host %s did not stop within %v and was killed; nothing acknowledged is lost", p.config.Name, grace)
	}
}

func (p *spawned) describe() string {
	ch := p.now()
	return fmt.Sprintf("process %d DIED: %v; the others go on, the console or parley up started again brings it back", ch.cmd.Process.Pid, ch.err)
}

func (p *spawned) metrics() prometheus.Gatherer { return nil }
