package jobs

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os/exec"
	"strings"
	"syscall"

	"github.com/parleysystems/parley/mapreduce"
)

// maxPrinted bounds a line that a command prints, in bytes.
const maxPrinted = 16 << 20

// command is a shell command under way. What it prints is taken line by line on a
// goroutine of its own, so that it never has to wait before it reads on; until
// finish returns, nobody else touches what take touches.
type command struct {
	text   string
	cmd    *exec.Cmd
	stop   context.CancelFunc
	in     io.WriteCloser
	feed   *bufio.Writer
	errors tail
	read   chan error // what reading ended with
	over   bool
}

func start(text string, take func(line []byte)) (*command, error) {
	ctx, stop := context.WithCancel(context.Background())
	c := &command{text: text, cmd: exec.CommandContext(ctx, "sh", "-c", text), stop: stop, read: make(chan error, 1)}
	c.cmd.Stderr = &c.errors
	together(c.cmd)
	in, inErr := c.cmd.StdinPipe()
	out, outErr := c.cmd.StdoutPipe()
	if err := errors.Join(inErr, outErr); err != nil {
		stop()
		return nil, fmt.Errorf("start %q: %w", text, err)
	}
	if err := c.cmd.Start(); err != nil {
		stop()
		return nil, fmt.Errorf("start %q: %w", text, err)
	}
	c.in, c.feed = in, bufio.NewWriterSize(in, 64<<10)
	go func() {
		err := mapreduce.Guard(func() error { return eachLine(out, take) })
		if err != nil {
			stop() // nobody takes what it prints any more
		}
		c.read <- err
	}()
	return c, nil
}

func eachLine(out io.Reader, take func(line []byte)) error {
	r := bufio.NewReaderSize(out, 64<<10)
	var long []byte
	for {
		line, err := r.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			if long = append(long, line...); len(long) > maxPrinted {
				return fmt.Errorf("it printed a line of more than %d bytes", maxPrinted)
			}
			continue
		}
		if len(long) > 0 {
			line, long = append(long, line...), nil
		}
		if len(line) > 0 {
			take(trimNewline(line))
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func trimNewline(line []byte) []byte {
	if n := len(line); line[n-1] == '\n' {
		return line[:n-1]
	}
	return line
}

// write feeds the command. One that has closed its input is judged by its status,
// as in a pipeline.
func (c *command) write(text []byte) error {
	_, err := c.feed.Write(text)
	return ignoreBroken(err)
}

func ignoreBroken(err error) error {
	if errors.Is(err, syscall.EPIPE) || errors.Is(err, io.ErrClosedPipe) || errors.Is(err, fs.ErrClosed) {
		return nil
	}
	return err
}

// finish closes the command's input, waits for its end, and judges its status.
func (c *command) finish() error {
	defer c.stop()
	err := errors.Join(ignoreBroken(c.feed.Flush()), ignoreBroken(c.in.Close()))
	read := <-c.read // all of its output, before Wait closes the pipe
	status := c.cmd.Wait()
	c.over = true
	if read != nil {
		return fmt.Errorf("command %q: %w", c.text, read)
	}
	if status != nil {
		return fmt.Errorf("command %q: %w%s", c.text, status, c.errors.String())
	}
	return err
}

// kill ends a command that did not finish. A nil command was never started.
func (c *command) kill() {
	if c == nil || c.over {
		return
	}
	c.stop()
	_ = c.in.Close()
	<-c.read
	_ = c.cmd.Wait()
	c.over = true
}

// tail keeps the end of what a command says about its failure.
type tail struct{ text []byte }

const tailSize = 1 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.text = append(t.text, p...)
	if len(t.text) > tailSize {
		t.text = append(t.text[:0], t.text[len(t.text)-tailSize:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	if text := strings.TrimSpace(string(t.text)); text != "" {
		return ": " + text
	}
	return ""
}
