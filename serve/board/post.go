package board

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/parleysystems/parley/kernel/wire"
)

// Bounds of posts, in bytes, and of what a replica keeps, in posts.
const (
	MaxText    = 4000
	MaxAuthor  = 40
	MaxPosts   = 10_000
	MaxWaiting = 5_000
	MaxPassed  = 2_000
)

// ID names a post: the place of its replica in Options.Replicas, and its number among
// the posts of that replica, from 1.
type ID struct {
	Replica int    `wire:"1"`
	Number  uint64 `wire:"2"`
}

// post is what is multicast.
type post struct {
	Author  string    `wire:"1"`
	Text    string    `wire:"2"`
	Written time.Time `wire:"3"` // by the clock of its replica, for readers: it orders nothing
	ReplyTo *ID       `wire:"4"`
}

// notice is a post as it was delivered.
type notice struct {
	ID   ID    `wire:"1"`
	Post *post `wire:"2"`
}

var _ = wire.Register[post]("board.post")

// Why a post is refused. Nothing of it was posted.
var (
	ErrText   = errors.New("the text is empty, too long, or no text")
	ErrAuthor = errors.New("the name is too long, or no text")
	ErrReply  = errors.New("this replica does not have the post that it replies to")
)

// check returns the post as it may be posted.
func (p post) check() (post, error) {
	p.Text, p.Author = strings.TrimSpace(strings.ReplaceAll(p.Text, "\r\n", "\n")), strings.TrimSpace(p.Author)
	if p.Text == "" || len(p.Text) > MaxText || !plain(p.Text) {
		return p, fmt.Errorf("%w: it has %d bytes, may have 1 to %d of UTF-8 without control characters", ErrText, len(p.Text), MaxText)
	}
	if len(p.Author) > MaxAuthor || !plain(p.Author) || strings.Contains(p.Author, "\n") {
		return p, fmt.Errorf("%w: it has %d bytes, may have %d of UTF-8 on one line", ErrAuthor, len(p.Author), MaxAuthor)
	}
	if p.Author == "" {
		p.Author = "somebody"
	}
	return p, nil
}

// plain tells whether a text is UTF-8 without control characters but for line ends and
// tabs; those that change the direction of writing could make a line say what it does not.
func plain(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Bidi_Control, r)
	}) < 0
}
