// Package pipe asks a player that runs in another process, over its standard
// input and output: a request is a line of JSON; an answer is a line of JSON, the
// header, and as many bytes as that says.
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

	"github.com/parleysystems/parley/lab/console/player"
)

// maxRequest bounds a request's line, maxAnswer an answer.
const (
	maxRequest = 4 << 20
	maxAnswer  = 1 << 30
)

// header precedes an answer.
type header struct {
	Kind    string `json:"kind"`
	Length  int    `json:"length"`
	Error   string `json:"error"`
	Request bool   `json:"request"` // the error is player.ErrRequest
}

// Serve answers requests until in ends.
func Serve(in io.Reader, out io.Writer, p *player.Player) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxRequest)
	for lines.Scan() {
		answer, kind, err := p.Ask(context.Background(), lines.Bytes())
		h := header{Kind: kind, Length: len(answer)}
		if err != nil {
			h = header{Error: err.Error(), Request: errors.Is(err, player.ErrRequest)}
			answer = nil
		}
		text, err := json.Marshal(h)
		if err != nil {
			return err
		}
		if _, err := out.Write(append(append(text, '\n'), answer...)); err != nil {
			return err
		}
	}
	return lines.Err()
}

// Client is a process that answers. It is started when it is first needed, and
// again if it has ended.
type Client struct {
	// Program is the engine's file, Env what it finds in its environment besides
	// this process's own.
	Program string
	Env     []string

	mu      sync.Mutex // guards what follows; held while a request is answered
	process *process
}

type process struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// Ask sends a request and waits for the answer. If ctx ends first, the process
// is ended.
func (c *Client) Ask(ctx context.Context, request []byte) ([]byte, string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, "", err
	}
	if c.process == nil {
		p, err := start(c.Program, c.Env)
		if err != nil {
			return nil, "", fmt.Errorf("start %s: %w", c.Program, err)
		}
		c.process = p
	}
	p := c.process
	stop := context.AfterFunc(ctx, func() { _ = p.cmd.Process.Kill() })
	answer, kind, err := p.ask(request)
	if !stop() {
		err = errors.Join(ctx.Err(), err)
	}
	var refused *refusal
	if err != nil && !errors.As(err, &refused) {
		c.end()
	}
	return answer, kind, err
}

// Close ends the process.
func (c *Client) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.end()
}

func (c *Client) end() {
	if c.process == nil {
		return
	}
	_ = c.process.in.Close()
	_ = c.process.cmd.Process.Kill() // it may have ended before
	_ = c.process.cmd.Wait()
	c.process = nil
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
	return &process{cmd, in, bufio.NewReaderSize(out, 1<<20)}, cmd.Start()
}

// refusal is an error that the player answered with.
type refusal struct {
	text    string
	request bool
}

func (r *refusal) Error() string { return r.text }

// Is lets a refused request be told from a run that went wrong.
func (r *refusal) Is(target error) bool { return r.request && target == player.ErrRequest }

func (p *process) ask(request []byte) ([]byte, string, error) {
	if _, err := p.in.Write(append(request, '\n')); err != nil {
		return nil, "", fmt.Errorf("the engine has ended: %w", err)
	}
	line, err := p.out.ReadSlice('\n')
	if err != nil {
		return nil, "", fmt.Errorf("the engine has ended: %w", err)
	}
	var h header
	if err := json.Unmarshal(line, &h); err != nil || h.Length > maxAnswer {
		return nil, "", fmt.Errorf("the engine's answer makes no sense: %q %v", line, err)
	}
	if h.Error != "" {
		return nil, "", &refusal{h.Error, h.Request}
	}
	answer := make([]byte, h.Length)
	_, err = io.ReadFull(p.out, answer)
	return answer, h.Kind, err
}
