package player

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/parleysystems/parley/kernel/trace"
)

// maxRecordings bounds what is open at a time: the one opened first is closed.
const maxRecordings = 4

// Open takes a trace in JSON lines, such as parley up --record writes, and keeps
// it under a name, in place of another of that name.
func (p *Player) Open(name string, from io.Reader) error {
	recorder, err := trace.Load(from, maxEvents)
	if err != nil {
		return fmt.Errorf("open recording %s: %w", name, err)
	}
	if recorder.Len() == 0 {
		return fmt.Errorf("open recording %s: it has no events", name)
	}
	r := recorded(name, recorder)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.recordings = slices.DeleteFunc(p.recordings, func(k *kept) bool { return k.key == name })
	if len(p.recordings) == maxRecordings {
		p.recordings = slices.Delete(p.recordings, 0, 1)
	}
	p.recordings = append(p.recordings, &kept{name, r})
	return nil
}

// Recordings returns the names of what is open.
func (p *Player) Recordings() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	names := []string{}
	for _, k := range p.recordings {
		names = append(names, k.key)
	}
	return names
}

func (p *Player) recording(name string) (*run, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, k := range p.recordings {
		if k.key == name {
			return k.run, nil
		}
	}
	return nil, fmt.Errorf("%w: no recording %q is open", ErrRequest, name)
}

// recorded makes a run of a recording. Nobody judged it, and nodes' states were
// not recorded.
func recorded(name string, recorder *trace.Recorder) *run {
	r := &run{recorder: recorder}
	c := newColumns(recorder)
	last, _ := recorder.Event(trace.ID(recorder.Len()))
	r.columns = c.bytes
	r.summary = Summary{
		Spec: Spec{Recording: name}, Elapsed: int64(last.At / time.Nanosecond),
		First: int(recorder.First()), Count: c.count,
		Kinds: kindNames(), Places: c.places.names, Whats: c.whats.names,
	}
	return r
}

// parsed lays out a detail that was rendered as one line: what trace.Describe
// writes of a message, {Term:3 Entries:[{...} {...}]}, or of a note, a=1 b=2.
func parsed(key, text string) *Tree {
	t := &Tree{Key: key}
	inner, separator := text, "="
	switch {
	case enclosed(text, "{", "}"):
		inner, separator = text[1:len(text)-1], ":"
	case enclosed(text, "[", "]"):
		inner, separator = text[1:len(text)-1], ""
	}
	parts := split(inner)
	if separator == "=" && !slices.ContainsFunc(parts, func(w string) bool { return strings.Contains(w, "=") }) {
		t.Value = cut(text)
		return t
	}
	for n, part := range parts {
		name, value, found := strings.Cut(part, separator)
		if separator == "" || !found {
			name, value = fmt.Sprint(n), part
		}
		if enclosed(value, "{", "}") || enclosed(value, "[", "]") {
			t.Children = append(t.Children, parsed(name, value))
		} else {
			t.Children = append(t.Children, &Tree{Key: name, Value: cut(value)})
		}
	}
	return t
}

func enclosed(text, left, right string) bool {
	return len(text) > 1 && strings.HasPrefix(text, left) && strings.HasSuffix(text, right)
}

// split cuts text at spaces that are neither quoted nor within brackets.
func split(text string) (all []string) {
	depth, quoted, from := 0, false, 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
		case c == ' ' && depth <= 0:
			all = append(all, text[from:i])
			from = i + 1
		}
	}
	return slices.DeleteFunc(append(all, text[from:]), func(w string) bool { return w == "" })
}
