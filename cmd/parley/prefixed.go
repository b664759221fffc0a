package main

import (
	"bytes"

	"github.com/parleysystems/parley/cmd/parley/internal/screen"
)

// prefixed prints the lines of one process with its name before each.
type prefixed struct {
	screen *screen.Screen
	prefix string
	rest   []byte
}

// longest bounds what is kept of a line without an end.
const longest = 64 << 10

func (p *prefixed) Write(b []byte) (int, error) {
	p.rest = append(p.rest, b...)
	for {
		i := bytes.IndexByte(p.rest, '\n')
		if i < 0 && len(p.rest) < longest {
			return len(b), nil
		}
		if i < 0 {
			i = len(p.rest) - 1
		}
		p.screen.Printf("%s%s", p.prefix, p.rest[:i])
		p.rest = p.rest[i+1:]
	}
}
