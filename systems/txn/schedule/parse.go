package schedule

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// Limits of what Parse takes.
const (
	MaxOps  = 1000
	maxTxn  = 65535
	maxItem = 32
)

// ErrSyntax is wrapped by all errors of Parse: the text is no schedule.
var ErrSyntax = errors.New("schedule")

// Parse reads the notation of the package comment. Errors name the column, from
// 1, at which the text stops making sense.
func Parse(text string) (Schedule, error) {
	p := &parser{text: text}
	ended := map[Txn]Op{}
	var s Schedule
	for p.skip(); p.at < len(p.text); p.skip() {
		start := p.at
		o, err := p.op()
		if err != nil {
			return nil, err
		}
		if end, over := ended[o.Txn]; over {
			return nil, p.fail(start, "%v comes after %v, with which its transaction ended", o, end)
		}
		if len(s) == MaxOps {
			return nil, p.fail(start, "more than %d operations", MaxOps)
		}
		if o.Ends() {
			ended[o.Txn] = o
		}
		s = append(s, o)
	}
	if len(s) == 0 {
		return nil, p.fail(0, "no operation; write for instance r1(x) w2(x) c1 c2")
	}
	return s, nil
}

type parser struct {
	text string
	at   int
}

func (p *parser) fail(at int, format string, args ...any) error {
	return fmt.Errorf("%w: column %d: %s", ErrSyntax, at+1, fmt.Sprintf(format, args...))
}

// skip passes over what may stand between operations.
func (p *parser) skip() {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n,;", p.text[p.at]) >= 0 {
		p.at++
	}
}

func (p *parser) op() (Op, error) {
	kind := Kind(unicode.ToLower(rune(p.text[p.at])))
	if !(Op{Kind: kind}).Accesses() && !(Op{Kind: kind}).Ends() {
		return Op{}, p.fail(p.at, "an operation begins with r, w, c or a, not with %q", p.rest())
	}
	p.at++
	txn, err := p.txn()
	if err != nil {
		return Op{}, err
	}
	o := Op{Kind: kind, Txn: txn}
	if o.Accesses() {
		o.Item, err = p.item(o)
	}
	return o, err
}

func (p *parser) txn() (Txn, error) {
	start, n := p.at, Txn(0)
	for p.at < len(p.text) && p.text[p.at] >= '0' && p.text[p.at] <= '9' {
		n = n*10 + Txn(p.text[p.at]-'0')
		if n > maxTxn {
			return 0, p.fail(start, "transactions are numbered up to %d", maxTxn)
		}
		p.at++
	}
	if n == 0 {
		return 0, p.fail(start, "the number of a transaction, from 1, is due after %c", p.text[start-1])
	}
	return n, nil
}

// item reads a name in parentheses or square brackets.
func (p *parser) item(o Op) (string, error) {
	closing := byte(')')
	switch {
	case p.at < len(p.text) && p.text[p.at] == '[':
		closing = ']'
	case p.at == len(p.text) || p.text[p.at] != '(':
		return "", p.fail(p.at, "an item in parentheses is due after %c%d", o.Kind, o.Txn)
	}
	start := p.at + 1
	length := strings.IndexByte(p.text[start:], closing)
	if length < 0 {
		return "", p.fail(p.at, "no %q closes the item", closing)
	}
	name := p.text[start : start+length]
	if name == "" || len(name) > maxItem || strings.IndexFunc(name, notInNames) >= 0 {
		return "", p.fail(start, "an item is a name of 1 to %d letters, digits, _ or -", maxItem)
	}
	p.at = start + length + 1
	return name, nil
}

func notInNames(r rune) bool {
	return r >= unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && r != '-'
}

// rest returns a little of what is left, for errors.
func (p *parser) rest() string {
	rest := p.text[p.at:]
	if i := strings.IndexAny(rest, " \t\n"); i > 0 {
		rest = rest[:i]
	}
	return rest[:min(len(rest), 12)]
}
