package mapreduce

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// Fleet is worker processes on this machine that end with this process, whatever
// becomes of it.
type Fleet struct {
	Addresses []string
	Processes []*os.Process

	commands []*exec.Cmd
	lines    []io.WriteCloser // closing one ends a worker
}

// readyLine begins what a worker prints when it can be reached.
const readyLine = "worker ready on "

// PrintReady tells the process that started this one where it can be reached.
func PrintReady(w io.Writer) func(advertise string) {
	return func(advertise string) { fmt.Fprintf(w, "%s%s\n", readyLine, advertise) }
}

// WithInput returns a context that ends when r does: a worker of a Fleet ends with
// the process that holds the other end of its standard input, even if that is killed.
func WithInput(ctx context.Context, r io.Reader) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		defer cancel()
		_, _ = io.Copy(io.Discard, r)
	}()
	return ctx
}

// Spawn starts n workers, each of a command that prints its address by PrintReady and
// ends by WithInput. They come up beside each other.
func Spawn(n int, command func() *exec.Cmd) (*Fleet, error) {
	f := &Fleet{}
	var said []io.Reader
	for range n {
		out, err := f.start(command())
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		said = append(said, out)
	}
	for i, out := range said {
		if err := f.hear(i, out); err != nil {
			return nil, errors.Join(err, f.Close())
		}
	}
	return f, nil
}

func (f *Fleet) start(cmd *exec.Cmd) (io.Reader, error) {
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start a worker: %w", err)
	}
	f.commands, f.lines = append(f.commands, cmd), append(f.lines, in)
	f.Processes = append(f.Processes, cmd.Process)
	return out, nil
}

// hear waits until a worker says where it can be reached.
func (f *Fleet) hear(i int, out io.Reader) error {
	line, err := bufio.NewReader(out).ReadString('\n')
	address, ready := strings.CutPrefix(strings.TrimSpace(line), readyLine)
	if !ready {
		return fmt.Errorf("worker process %d did not begin to listen: %q, %w", f.Processes[i].Pid, line, err)
	}
	f.Addresses = append(f.Addresses, address)
	return nil
}

// Close ends the workers and waits for them.
func (f *Fleet) Close() error {
	for _, line := range f.lines {
		line.Close()
	}
	for _, cmd := range f.commands {
		_ = cmd.Wait() // one may have been killed, which is nobody's loss here
	}
	return nil
}
