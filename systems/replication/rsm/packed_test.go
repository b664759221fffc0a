package rsm

import (
	"bytes"
	"errors"
	"testing"
)

// Outcomes are what was put in, and nothing else is taken for one.
func FuzzOutcomes(f *testing.F) {
	f.Add(appendOutcome(appendOutcome(nil, 1, 0, []byte("x")), 300, 2, nil))
	f.Add([]byte{1, 0, 200})
	f.Fuzz(func(t *testing.T, b []byte) {
		var again []byte
		for rest := b; len(rest) > 0; {
			seq, code, result, next, err := nextOutcome(rest)
			if err != nil {
				return
			}
			if len(next) >= len(rest) {
				t.Fatal("no progress")
			}
			again, rest = appendOutcome(again, seq, code, result), next
		}
		if len(again) > len(b) || bytes.Equal(b, again) != (len(again) == len(b)) {
			t.Fatalf("%x came back as %x", b, again)
		}
	})
}

// Questions and answers come back as they were, whatever their bytes.
func FuzzQuestionsAndAnswers(f *testing.F) {
	f.Add(appendQuestion(appendQuestion(nil, []byte("q")), nil))
	f.Add(appendAnswer(nil, 3, nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		var questions, answers []byte
		for rest := b; len(rest) > 0; {
			q, next, err := nextQuestion(rest)
			if err != nil {
				break
			}
			questions, rest = appendQuestion(questions, q), next
		}
		for rest := b; len(rest) > 0; {
			code, a, next, err := nextAnswer(rest)
			if err != nil || code != 0 && len(a) > 0 {
				break // an error has no answer beside it
			}
			answers = appendAnswer(answers, code, func(b []byte) ([]byte, error) { return append(b, a...), nil })
			rest = next
		}
		if !bytes.HasPrefix(b, questions) || !bytes.HasPrefix(b, answers) {
			t.Fatalf("%x came back as %x and %x", b, questions, answers)
		}
	})
}

// What has no encoding is refused, and leaves nothing behind.
func TestAnAnswerWithoutEncodingIsRefused(t *testing.T) {
	b := appendAnswer([]byte("x"), 0, func(b []byte) ([]byte, error) { return append(b, "half"...), errors.New("too large") })
	code, answer, rest, err := nextAnswer(b[1:])
	if code.Err() != ErrRefused || len(answer)+len(rest) > 0 || err != nil {
		t.Errorf("%v, %q, %q, %v", code.Err(), answer, rest, err)
	}
}
