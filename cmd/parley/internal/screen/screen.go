// Package screen writes to somebody who may be a person at a terminal or a
// file that is read later. To a terminal it keeps a block of lines at the
// bottom up to date, in place; to anything else it writes plain lines only.
//
// Lines printed while a block is shown appear above it. A Screen may be used
// from several goroutines: the mutex guards the terminal as much as the fields.
package screen

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/term"
)

// Screen is where a long-running command tells what happens.
type Screen struct {
	mu    sync.Mutex
	w     io.Writer
	width func() int // columns; nil if w is not a terminal
	shown []string   // the block as it stands at the bottom
	rest  []byte     // written, but no whole line yet
}

// New returns a screen on w, which is a terminal if the system says so.
func New(w io.Writer) *Screen {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) || os.Getenv("TERM") == "dumb" {
		return &Screen{w: w}
	}
	return &Screen{w: w, width: func() int {
		width, _, err := term.GetSize(int(f.Fd()))
		if err != nil {
			return 80
		}
		return width
	}}
}

// Terminal tells whether a block can be shown.
func (s *Screen) Terminal() bool { return s.width != nil }

// Printf prints a line, above the block if there is one.
func (s *Screen) Printf(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.print(fmt.Sprintf(format, args...))
}

// Write makes the screen a place for loggers: whole lines are printed as they
// come in.
func (s *Screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rest = append(s.rest, p...)
	for {
		i := bytes.IndexByte(s.rest, '\n')
		if i < 0 {
			return len(p), nil
		}
		s.print(string(s.rest[:i]))
		s.rest = s.rest[i+1:]
	}
}

func (s *Screen) print(line string) {
	block := s.shown
	s.erase()
	fmt.Fprintln(s.w, line)
	s.draw(block)
}

// Show replaces the block. It does nothing where no block can be shown.
func (s *Screen) Show(lines []string) {
	if !s.Terminal() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.erase()
	s.draw(lines)
}

const (
	lineUp    = "\x1b[1A"
	lineClear = "\x1b[2K"
)

// erase takes the block away and leaves the cursor where it began.
func (s *Screen) erase() {
	fmt.Fprint(s.w, strings.Repeat(lineUp+lineClear, len(s.shown)))
	s.shown = nil
}

// draw writes the block, cut to the width: a line that wrapped would be two to
// the terminal and one to erase.
func (s *Screen) draw(lines []string) {
	for _, line := range lines {
		fmt.Fprintln(s.w, cut(line, s.width()-1))
	}
	s.shown = lines
}

func cut(line string, width int) string {
	if utf8.RuneCountInString(line) <= width {
		return line
	}
	return string([]rune(line)[:max(width, 0)])
}
