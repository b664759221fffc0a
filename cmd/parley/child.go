package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/parleysystems/parley/cmd/parley/internal/screen"
	"github.com/parleysystems/parley/internal/cluster"
	"github.com/parleysystems/parley/serve/host"
)

// child is a host that runs as a process of its own: `parley serve` on a
// configuration that lies beside its data.
type child struct {
	config  *cluster.Config
	cmd     *exec.Cmd
	tether  io.WriteCloser // its standard input: orders; it stops when this closes
	telling sync.Mutex
	died    chan struct{}
	err     error // why it ended; read after died is closed
	last    atomic.Pointer[host.Status]
}

func startChild(s *screen.Screen, f *upFlags, c *cluster.Config) (*child, error) {
	absolute := *c
	var err error
	if absolute.Data, err = filepath.Abs(c.Data); err != nil {
		return nil, err
	}
	text, err := yaml.Marshal(absolute)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(f.data, c.Name+".yaml")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return nil, err
	}
	binary, err := os.Executable()
	if err != nil {
		return nil, err
	}
	args := []string{"serve", "--config", file, "--until-stdin-closes"}
	if f.verbose {
		args = append(args, "--verbose")
	}
	cmd := exec.Command(binary, args...)
	cmd.Stderr = &prefixed{screen: s, prefix: "host " + c.Name + "  "}
	input, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start host %s: %w", c.Name, err)
	}
	ch := &child{config: c, cmd: cmd, tether: input, died: make(chan struct{})}
	ch.last.Store(&host.Status{Name: c.Name, Client: c.Self().Client, Peer: c.Self().Peer, Data: c.Data, Role: "starting"})
	go func() {
		ch.err = cmd.Wait()
		close(ch.died)
	}()
	return ch, nil
}

// tell writes an order to the child's standard input. One that has ended hears
// nothing, and needs to hear nothing.
func (ch *child) tell(order ...string) {
	ch.telling.Lock()
	defer ch.telling.Unlock()
	_, _ = io.WriteString(ch.tether, strings.Join(order, " ")+"\n")
}

// status asks the child's own page.
func (ch *child) status(ctx context.Context) host.Status {
	s, err := ask(ctx, ch.config.HTTP)
	if err == nil {
		ch.last.Store(&s)
		return s
	}
	s = *ch.last.Load()
	select {
	case <-ch.died:
		s.Failure = fmt.Sprintf("its process ended: %v", ch.err)
	default:
		if s.Role != "starting" {
			s.Failure = "it does not answer"
		}
	}
	return s
}

func ask(ctx context.Context, address string) (host.Status, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/status.json", nil)
	if err != nil {
		return host.Status{}, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return host.Status{}, err
	}
	defer answer.Body.Close()
	var all []host.Status
	if err := json.NewDecoder(http.MaxBytesReader(nil, answer.Body, 1<<20)).Decode(&all); err != nil {
		return host.Status{}, err
	}
	if len(all) != 1 {
		return host.Status{}, fmt.Errorf("%s describes %d hosts", address, len(all))
	}
	return all[0], nil
}
