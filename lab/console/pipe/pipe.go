// Package pipe asks a player that runs in another process, over its standard
// input and output: a request is a line of JSON; an answer is a line of JSON, the
// header, and as many bytes as that says. Answers come as they are ready, and a
// request that nobody waits for any longer can be taken back.
package pipe

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"sync"

	"github.com/parleysystems/parley/lab/console/player"
)

// maxRequest bounds a request's line, maxAnswer an answer.
const (
	maxRequest = 4 << 20
	maxAnswer  = 1 << 30
)

// envelope is a request with the number that its answer will have, or with Back
// the wish that there be none.
type envelope struct {
	ID   uint64 `json:"id"`
	Ask  []byte `json:"ask,omitempty"`
	Back bool   `json:"back,omitempty"`
}

// header precedes an answer.
type header struct {
	ID      uint64 `json:"id"`
	Kind    string `json:"kind"`
	Length  int    `json:"length"`
	Error   string `json:"error"`
	Request bool   `json:"request"` // the error is player.ErrRequest
}

// Serve answers requests until in ends.
func Serve(in io.Reader, out io.Writer, p *player.Player) error {
	s := &server{player: p, out: out, cancel: map[uint64]context.CancelFunc{}}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxRequest)
	for lines.Scan() {
		var e envelope
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return err
		}
		s.take(e)
	}
	return lines.Err()
}

type server struct {
	player *player.Player

	writing sync.Mutex // guards out; requests are read meanwhile, or both sides could wait for each other
	out     io.Writer

	mu     sync.Mutex // guards cancel
	cancel map[uint64]context.CancelFunc
}

func (s *server) take(e envelope) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.Back {
		if cancel := s.cancel[e.ID]; cancel != nil {
			cancel()
		}
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel[e.ID] = cancel
	go s.answer(ctx, e)
}

func (s *server) answer(ctx context.Context, e envelope) {
	answer, kind, err := s.player.Ask(ctx, e.Ask)
	h := header{ID: e.ID, Kind: kind, Length: len(answer)}
	if err != nil {
		h = header{ID: e.ID, Error: err.Error(), Request: errors.Is(err, player.ErrRequest)}
		answer = nil
	}
	text, err := json.Marshal(h)
	if err != nil {
		panic("pipe: " + err.Error()) // numbers and text can be written
	}
	s.mu.Lock()
	s.cancel[e.ID]()
	delete(s.cancel, e.ID)
	s.mu.Unlock()
	s.writing.Lock()
	defer s.writing.Unlock()
	_, _ = s.out.Write(append(append(text, '\n'), answer...)) // who asked may be gone, and in has ended then
}
