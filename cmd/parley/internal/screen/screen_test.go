package screen

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// terminal renders what a terminal would show, knowing just the two sequences
// that a screen uses.
func terminal(t *testing.T, output string) []string {
	t.Helper()
	lines, row := []string{""}, 0
	for output != "" {
		switch {
		case strings.HasPrefix(output, lineUp):
			row--
			output = output[len(lineUp):]
		case strings.HasPrefix(output, lineClear):
			lines[row] = ""
			output = output[len(lineClear):]
		case output[0] == '\n':
			if row++; row == len(lines) {
				lines = append(lines, "")
			}
			output = output[1:]
		default:
			lines[row] += output[:1]
			output = output[1:]
		}
		if row < 0 {
			t.Fatal("the cursor left the top of the screen")
		}
	}
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

func expect(t *testing.T, out *bytes.Buffer, want ...string) {
	t.Helper()
	if got := terminal(t, out.String()); strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("the terminal shows %q, want %q", got, want)
	}
}

func TestBlockIsRedrawnInPlaceBelowLines(t *testing.T) {
	var out bytes.Buffer
	s := &Screen{w: &out, width: func() int { return 20 }}
	s.Printf("started")
	s.Show([]string{"a leads", "b follows"})
	expect(t, &out, "started", "a leads", "b follows")
	s.Printf("host %s died", "a")
	expect(t, &out, "started", "host a died", "a leads", "b follows")
	s.Show([]string{"b leads"})
	expect(t, &out, "started", "host a died", "b leads")
	s.Show([]string{"a line far too long for this terminal"})
	expect(t, &out, "started", "host a died", "a line far too long")
}

func TestPlainOutputHasNoBlock(t *testing.T) {
	var out bytes.Buffer
	s := New(&out)
	s.Show([]string{"a leads"})
	s.Printf("started")
	if out.String() != "started\n" {
		t.Errorf("wrote %q, want the one line", out.String())
	}
}

func TestLoggersWriteWholeLines(t *testing.T) {
	var out bytes.Buffer
	s := New(&out)
	fmt.Fprint(s, "half a ")
	s.Printf("between")
	fmt.Fprint(s, "line\nand another\n")
	if want := "between\nhalf a line\nand another\n"; out.String() != want {
		t.Errorf("wrote %q, want %q", out.String(), want)
	}
}
