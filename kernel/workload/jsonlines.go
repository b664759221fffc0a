package workload

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// maxLine bounds a line of a dumped history.
const maxLine = 1 << 20

// jsonOperation is one line of a dumped history. Times are nanoseconds; return
// is left out for an operation that never returned.
type jsonOperation[In, Out any] struct {
	Client  int            `json:"client"`
	Call    time.Duration  `json:"call"`
	Return  *time.Duration `json:"return,omitempty"`
	Outcome Outcome        `json:"outcome"`
	In      In             `json:"in"`
	Out     *Out           `json:"out,omitempty"`
	Err     string         `json:"err,omitempty"`
}

// WriteJSON dumps a history as JSON, one operation a line.
func (h History[In, Out]) WriteJSON(w io.Writer) error {
	buffered := bufio.NewWriter(w)
	encoder := json.NewEncoder(buffered)
	for i := range h {
		op := &h[i]
		l := jsonOperation[In, Out]{Client: op.Client, Call: op.Call, Outcome: op.Outcome, In: op.In, Err: op.Err}
		if op.Return != Never {
			l.Return = &op.Return
		}
		if op.Outcome == OK {
			l.Out = &op.Out
		}
		if err := encoder.Encode(l); err != nil {
			return fmt.Errorf("workload: write operation %d: %w", op.ID, err)
		}
	}
	if err := buffered.Flush(); err != nil {
		return fmt.Errorf("workload: write history: %w", err)
	}
	return nil
}

// ReadJSON loads a history that WriteJSON dumped, and checks that it is one.
func ReadJSON[In, Out any](r io.Reader) (History[In, Out], error) {
	var h History[In, Out]
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		op, err := parseLine[In, Out](lines.Bytes())
		if err == nil && len(h) > 0 && op.Call < h[len(h)-1].Call {
			err = fmt.Errorf("called before the operation of the line above")
		}
		if err != nil {
			return nil, fmt.Errorf("workload: read history, line %d: %w", len(h)+1, err)
		}
		op.ID = len(h)
		h = append(h, op)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("workload: read history, line %d: %w", len(h)+1, err)
	}
	return h, nil
}

func parseLine[In, Out any](line []byte) (op Operation[In, Out], err error) {
	var l jsonOperation[In, Out]
	if err := json.Unmarshal(line, &l); err != nil {
		return op, err
	}
	op = Operation[In, Out]{Client: l.Client, Call: l.Call, Return: Never, Outcome: l.Outcome, In: l.In, Err: l.Err}
	if l.Return != nil {
		op.Return = *l.Return
	}
	if l.Out != nil {
		op.Out = *l.Out
	}
	switch {
	case op.Return < op.Call:
		return op, fmt.Errorf("returned at %d before its call at %d", op.Return, op.Call)
	case (l.Return == nil) != (op.Outcome == Unknown):
		return op, fmt.Errorf("outcome %v contradicts the return time", op.Outcome)
	case (l.Out == nil) == (op.Outcome == OK):
		return op, fmt.Errorf("outcome %v contradicts the answer", op.Outcome)
	}
	return op, nil
}
