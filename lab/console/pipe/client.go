package pipe

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/parleysystems/parley/lab/console/player"
)

// Client is a process that answers. It is started when it is first needed, and
// again if it has ended.
type Client struct {
	// Program is the engine's file, Env what it finds in its environment besides
	// this process's own.
	Program string
	Env     []string

	mu      sync.Mutex // guards process
	process *process
}

// grace is how long a process may take to give a request up that was taken back:
// one that does not hangs in a run that never ends, and is ended itself.
const grace = 5 * time.Second

// Ask sends a request and waits for the answer, or for the end of ctx.
func (c *Client) Ask(ctx context.Context, request []byte) ([]byte, string, error) {
	if err := ctx.Err(); err != nil {
		return nil, "", err
	}
	p, err := c.running()
	if err != nil {
		return nil, "", err
	}
	id, answered, err := p.send(request)
	if err != nil {
		return nil, "", err
	}
	select {
	case a := <-answered:
		return a.bytes, a.kind, a.err
	case <-ctx.Done():
	}
	p.write(envelope{ID: id, Back: true})
	go func() {
		select {
		case <-answered:
		case <-time.After(grace):
			p.kill()
		}
	}()
	return nil, "", ctx.Err()
}

// running returns the process, starting it if need be.
func (c *Client) running() (*process, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.process != nil && !c.process.gone() {
		return c.process, nil
	}
	p, err := start(c.Program, c.Env)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", c.Program, err)
	}
	c.process = p
	return p, nil
}

// Close ends the process.
func (c *Client) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.process != nil {
		c.process.kill()
		<-c.process.ended
	}
}

type answer struct {
	bytes []byte
	kind  string
	err   error
}

// process is one that was started, and those who wait for its answers.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{} // closed when it has

	mu      sync.Mutex // guards what follows; held while a request is written
	in      io.WriteCloser
	next    uint64
	waiting map[uint64]chan answer // nil once it has ended
}

func start(program string, env []string) (*process, error) {
	cmd := exec.Command(program)
	cmd.Env, cmd.Stderr = append(os.Environ(), env...), os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, ended: make(chan struct{}), in: in, waiting: map[uint64]chan answer{}}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go p.listen(bufio.NewReaderSize(out, 1<<20))
	return p, nil
}

func (p *process) gone() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

func (p *process) kill() { _ = p.cmd.Process.Kill() } // it may have ended before

var errEnded = errors.New("the engine has ended")

func (p *process) send(request []byte) (uint64, <-chan answer, error) {
	p.mu.Lock()
	if p.waiting == nil {
		p.mu.Unlock()
		return 0, nil, errEnded
	}
	p.next++
	id, answered := p.next, make(chan answer, 1)
	p.waiting[id] = answered
	p.mu.Unlock()
	p.write(envelope{ID: id, Ask: request})
	return id, answered, nil
}

// write sends an envelope. If the process is gone, listen tells those who wait.
func (p *process) write(e envelope) {
	text, err := json.Marshal(e)
	if err != nil {
		panic("pipe: " + err.Error()) // bytes and numbers can be written
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	_, _ = p.in.Write(append(text, '\n'))
}

// listen hands out the answers until the process has ended.
func (p *process) listen(out *bufio.Reader) {
	var err error
	for err == nil {
		err = p.hear(out)
	}
	p.kill() // if it did not end but makes no sense
	_ = p.cmd.Wait()
	p.mu.Lock()
	left := p.waiting
	p.waiting = nil
	close(p.ended)
	p.mu.Unlock()
	for _, answered := range left {
		answered <- answer{err: fmt.Errorf("%w: %w", errEnded, err)}
	}
}

// refusal is an error that the player answered with.
type refusal struct {
	text    string
	request bool
}

func (r *refusal) Error() string { return r.text }

// Is lets a refused request be told from a run that went wrong.
func (r *refusal) Is(target error) bool { return r.request && target == player.ErrRequest }

func (p *process) hear(out *bufio.Reader) error {
	line, err := out.ReadSlice('\n')
	if err != nil {
		return err
	}
	var h header
	if err := json.Unmarshal(line, &h); err != nil || h.Length > maxAnswer {
		return fmt.Errorf("its answer makes no sense: %q %v", line, err)
	}
	a := answer{kind: h.Kind, bytes: make([]byte, h.Length)}
	if h.Error != "" {
		a.err = &refusal{h.Error, h.Request}
	}
	if _, err := io.ReadFull(out, a.bytes); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if answered := p.waiting[h.ID]; answered != nil {
		answered <- a
		delete(p.waiting, h.ID)
	}
	return nil
}
