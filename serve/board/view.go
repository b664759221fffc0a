package board

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// perPage is how many posts a page shows.
const perPage = 50

// view is what a page shows.
type view struct {
	Self, Token, Author, Text, Trouble string
	ReplyTo                            *line // what the form replies to
	Posts                              []line
	Newer, Older                       string // the marks of other pages, "" if there is none
	Seen                               []seen
	Held                               int // posts that wait for what they know of
	Faults                             bool
	MaxText, MaxAuthor                 int
}

// line is a post on a page.
type line struct {
	Name, Author, Text string // Name is "a-3"
	Written            time.Time
	Reply              *line // what it replies to; without a Text if that is forgotten
}

// seen is how much a replica has of another.
type seen struct {
	Replica string
	Posts   uint64
	Self    bool
	State   string // of the connection to it
	Waiting int
	Cut     bool
}

// name returns a post's name on pages and in links.
func (b *Board) name(id ID) string {
	return fmt.Sprintf("%s-%d", b.o.Replicas[id.Replica].Name, id.Number)
}

// parse reads a name.
func (b *Board) parse(name string) (id ID, err error) {
	at := strings.LastIndexByte(name, '-')
	if at < 0 {
		return id, fmt.Errorf("%w: %q names no post", ErrReply, name)
	}
	id.Replica = slices.IndexFunc(b.o.Replicas, func(r Replica) bool { return r.Name == name[:at] })
	if id.Number, err = strconv.ParseUint(name[at+1:], 10, 64); err != nil || id.Replica < 0 {
		return id, fmt.Errorf("%w: %q names no post", ErrReply, name)
	}
	return id, nil
}

// look reads a page: the posts that are skip places from the latest one, the latest
// first.
func (b *Board) look(ctx context.Context, skip int, reply string) (*view, error) {
	v := &view{Self: b.o.Name, Token: b.token, Faults: b.o.Faults && len(b.o.Replicas) > 1, MaxText: MaxText, MaxAuthor: MaxAuthor}
	var trouble error
	err := b.do(ctx, func(r *replica, done func()) {
		defer done()
		end := max(0, len(r.notices.list)-skip)
		from := max(0, end-perPage)
		for _, n := range r.notices.list[from:end] {
			v.Posts = append(v.Posts, b.line(r.notices, n))
		}
		if from > 0 {
			v.Older = strconv.Itoa(skip + perPage)
		}
		if skip > 0 {
			v.Newer = strconv.Itoa(max(0, skip-perPage))
		}
		for i, count := range r.notices.seen {
			v.Seen = append(v.Seen, seen{Replica: b.o.Replicas[i].Name, Posts: count, Self: i == b.self})
		}
		v.Held = r.Held()
		if reply != "" {
			v.ReplyTo, trouble = b.replyTo(r.notices, reply)
		}
	})
	slices.Reverse(v.Posts)
	for _, p := range b.host.Stats().Peers {
		if at := slices.IndexFunc(v.Seen, func(s seen) bool { return s.Replica == p.Name }); at >= 0 {
			v.Seen[at].State, v.Seen[at].Cut = string(p.State), b.isCut(p.Name)
		}
	}
	if trouble != nil {
		v.Trouble = trouble.Error()
	}
	return v, err
}

func (b *Board) replyTo(n *notices, name string) (*line, error) {
	id, err := b.parse(name)
	if err != nil {
		return nil, err
	}
	p := n.find(id)
	if p == nil {
		return nil, ErrReply
	}
	l := b.line(n, notice{id, p})
	return &l, nil
}

func (b *Board) line(n *notices, e notice) line {
	l := line{Name: b.name(e.ID), Author: e.Post.Author, Text: e.Post.Text, Written: e.Post.Written}
	if e.Post.ReplyTo != nil {
		l.Reply = &line{Name: b.name(*e.Post.ReplyTo)}
		if p := n.find(*e.Post.ReplyTo); p != nil {
			l.Reply.Author, l.Reply.Text = p.Author, short(p.Text)
		}
	}
	return l
}

// short returns the beginning of a text, on one line.
func short(text string) string {
	const most = 80
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
