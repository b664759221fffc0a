package sim

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// token is a word of a plan's line, with where it stands.
type token struct {
	text   string // empty at the end of the line
	column int
	quoted bool
}

// scan cuts a line into tokens: "->", "|" and ";" stand by themselves, quoted
// text is one token, "#" ends the line. The last token is the end.
func scan(line string) ([]token, *SyntaxError) {
	var tokens []token
	for at := 0; ; {
		for at < len(line) && strings.ContainsRune(" \t\r", rune(line[at])) {
			at++
		}
		if at == len(line) || line[at] == '#' {
			return append(tokens, token{column: at + 1}), nil
		}
		length, err := tokenLength(line[at:])
		if err != "" {
			return nil, &SyntaxError{Column: at + 1, Reason: err}
		}
		t := token{text: line[at : at+length], column: at + 1}
		if t.text[0] == '"' {
			t.text, _ = strconv.Unquote(t.text)
			t.quoted = true
		}
		tokens = append(tokens, t)
		at += length
	}
}

func tokenLength(s string) (n int, problem string) {
	switch {
	case s[0] == '"':
		quoted, err := strconv.QuotedPrefix(s)
		if err != nil || quoted == `""` {
			return 0, "a text that is empty or does not end"
		}
		return len(quoted), ""
	case s[0] == '|' || s[0] == ';':
		return 1, ""
	case strings.HasPrefix(s, "->"):
		return 2, ""
	}
	for n < len(s) && !strings.ContainsRune(" \t\r|;#\"", rune(s[n])) && !strings.HasPrefix(s[n:], "->") {
		n++
	}
	return n, ""
}

// parser reads tokens; it gives up by panicking with a *SyntaxError.
type parser struct {
	tokens []token
	next   int
}

func (p *parser) peek() token { return p.tokens[p.next] }

func (p *parser) take() token {
	t := p.tokens[p.next]
	if t.text != "" {
		p.next++
	}
	return t
}

func (p *parser) fail(format string, args ...any) { p.failAt(p.next, format, args...) }

func (p *parser) failAt(token int, format string, args ...any) {
	panic(&SyntaxError{Column: p.tokens[token].column, Reason: fmt.Sprintf(format, args...)})
}

func (p *parser) accept(word string) bool {
	t := p.peek()
	if t.text != word || t.quoted {
		return false
	}
	p.next++
	return true
}

func (p *parser) expect(word string) {
	if !p.accept(word) {
		p.fail("%q is missing", word)
	}
}

func (p *parser) word(what string) string {
	t := p.peek()
	if t.text == "" || t.quoted || t.text == "|" || t.text == ";" || t.text == "->" {
		p.fail("%s is missing", what)
	}
	return p.take().text
}

// hosts reads names with commas between them, or "*", which is nil.
func (p *parser) hosts() []string {
	text := p.word("hosts: * or names with commas")
	if text == "*" {
		return nil
	}
	names := strings.Split(text, ",")
	for _, name := range names {
		if !validName(name) {
			p.failAt(p.next-1, "%q is no name of a host", name)
		}
	}
	return names
}

func (p *parser) duration() time.Duration {
	d, err := parseDuration(p.word("a duration"))
	if err != nil {
		p.failAt(p.next-1, "%v", err)
	}
	return d
}

func (p *parser) positive() time.Duration {
	d := p.duration()
	if d == 0 {
		p.failAt(p.next-1, "the duration is zero")
	}
	return d
}

// signed reads a duration with its sign.
func (p *parser) signed() time.Duration {
	text := p.word("a duration with its sign")
	d, err := parseDuration(strings.TrimLeft(text, "+-"))
	if err != nil || !strings.HasPrefix(text, "+") && !strings.HasPrefix(text, "-") {
		p.failAt(p.next-1, "%q is not a duration with its sign, like +1h", text)
	}
	if text[0] == '-' {
		return -d
	}
	return d
}

func (p *parser) ppm() int {
	text := p.word("a rate")
	n, err := strconv.Atoi(strings.TrimSuffix(text, "ppm"))
	if err != nil || !strings.HasSuffix(text, "ppm") || n < -500_000 || n > 500_000 {
		p.failAt(p.next-1, "%q is not a rate from -500000ppm to +500000ppm", text)
	}
	return n
}

func (p *parser) chance() float64 {
	text := p.word("a probability")
	c, err := strconv.ParseFloat(text, 64)
	if err != nil || !(c >= 0 && c <= 1) {
		p.failAt(p.next-1, "%q is not a probability from 0 to 1", text)
	}
	return c
}

func (p *parser) numbers() Numbers {
	n, err := parseNumbers(p.word("numbers of messages"))
	if err != nil {
		p.failAt(p.next-1, "%v", err)
	}
	return n
}

func (p *parser) bytes(least int) int {
	text := p.word("a number of bytes")
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > 1<<40 {
		p.failAt(p.next-1, "%q is not a number of bytes from %d to 2^40", text, least)
	}
	return n
}

func (p *parser) dist() Dist {
	d, err := ParseDist(p.word("a duration or distribution"))
	if err != nil {
		p.failAt(p.next-1, "%v", err)
	}
	return d
}
