package divided

import "fmt"

// Message is what owners say to each other. What it leads to is the receiver's from now
// on, as D4 says.
type Message struct {
	word      word
	count     uint64  // the sender's
	part      *Part   // to be executed, or voted for
	branch    *branch // that voted yes, or is decided about
	refused   error   // of a vote: why it is no; nil if it is yes
	timestamp uint64  // of who is wounded
}

// word is what a message says.
type word uint8

const (
	// execute asks for a part, and a vote.
	execute word = iota
	// vote tells that a part is done and can be committed, or is undone.
	vote
	// commit and undo are the decision.
	commit
	undo
	// wound tells a coordinator that somebody older waits for its transaction.
	wound
)

// String renders the message.
func (m Message) String() string {
	s := [...]string{"execute", "vote", "commit", "undo", "wound"}[m.word]
	if m.word == vote {
		return fmt.Sprintf("%s (%v)", s, m.refused)
	}
	return s
}
