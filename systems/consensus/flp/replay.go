package flp

import (
	"fmt"
	"slices"
	"strings"
)

// Replay applies a schedule, given as text with an event a line, to c, and returns
// all configurations on the way, c included. An event that is not possible where
// it stands is an error, which names its line.
func Replay(c *Configuration, text string) ([]*Configuration, error) {
	all := []*Configuration{c}
	for i, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		e, err := all[len(all)-1].event(line)
		if err != nil {
			return nil, fmt.Errorf("flp: line %d of the schedule: %w", i+1, err)
		}
		next, _ := all[len(all)-1].Apply(e)
		all = append(all, next)
	}
	return all, nil
}

// event finds the event that a text names.
func (c *Configuration) event(text string) (Event, error) {
	for p := range Process(c.n) {
		if e := (Event{P: p}); e.String() == text {
			return e, nil
		}
	}
	at := slices.IndexFunc(c.buffer, func(m Message) bool { return Event{m.To, &m}.String() == text })
	if at < 0 {
		return Event{}, fmt.Errorf("%q is not possible; in the buffer are %v", text, c.buffer)
	}
	return Event{c.buffer[at].To, &c.buffer[at]}, nil
}
