package jobs

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/parleysystems/parley/mapreduce"
)

// Spec says which job, and how it is set. Fields that a job does not know must be
// zero.
type Spec struct {
	Job string `json:"job"`

	Pattern    string `json:"pattern,omitempty"`     // grep: a string, or a regular expression
	Regexp     bool   `json:"regexp,omitempty"`      // grep
	Count      bool   `json:"count,omitempty"`       // grep: count lines instead
	Filename   bool   `json:"filename,omitempty"`    // grep: before each line
	FoldCase   bool   `json:"fold_case,omitempty"`   // wordcount, invertedindex, topk
	Letters    bool   `json:"letters,omitempty"`     // words are letters and digits only
	CSV        bool   `json:"csv,omitempty"`         // records are CSV
	Width      int    `json:"width,omitempty"`       // records are of so many bytes
	Field      int    `json:"field,omitempty"`       // the key: a field of a record, from 1; 0 is all of it
	RightField int    `json:"right_field,omitempty"` // join: that of the right side
	Separator  string `json:"separator,omitempty"`   // of fields; tab
	Unique     bool   `json:"unique,omitempty"`      // sort
	K          int    `json:"k,omitempty"`           // topk
	Words      bool   `json:"words,omitempty"`       // topk: of words, not of records

	Left    []string `json:"left,omitempty"`    // join: files of the left side
	Borders [][]byte `json:"borders,omitempty"` // sort: the smallest key of partition 1, 2, ...

	Mapper  string `json:"mapper,omitempty"` // streaming: shell commands
	Reducer string `json:"reducer,omitempty"`
}

var makers = map[string]func(Spec) (mapreduce.Plan, error){
	"wordcount":     wordCount,
	"grep":          grep,
	"sort":          sorted,
	"invertedindex": invertedIndex,
	"join":          join,
	"distinct":      distinct,
	"topk":          topK,
	"stream":        streaming,
}

// Names returns the jobs that there are.
func Names() []string { return slices.Sorted(maps.Keys(makers)) }

// Plan returns the job of a specification.
func Plan(s Spec) (mapreduce.Plan, error) {
	make, ok := makers[s.Job]
	if !ok {
		return mapreduce.Plan{}, fmt.Errorf("there is no job %q; there are %s", s.Job, strings.Join(Names(), ", "))
	}
	if s.Field < 0 || s.RightField < 0 {
		return mapreduce.Plan{}, fmt.Errorf("field %d: the first is 1, and 0 is the whole record", min(s.Field, s.RightField))
	}
	p, err := make(s)
	if err != nil {
		return p, fmt.Errorf("%s: %w", s.Job, err)
	}
	p.Format = s.format()
	return p, nil
}

func (s Spec) format() mapreduce.Format {
	switch {
	case s.Width > 0:
		return mapreduce.Fixed(s.Width)
	case s.CSV:
		return mapreduce.CSV()
	}
	return mapreduce.Lines()
}

// Encode returns the specification as workers are sent it.
func (s Spec) Encode() []byte {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // strings and numbers only
	}
	return text
}

// Decode reads what Encode wrote.
func Decode(text []byte) (s Spec, err error) { return s, json.Unmarshal(text, &s) }

// Commands tells whether the job runs shell commands.
func (s Spec) Commands() bool { return s.Job == "stream" }

// Library returns the jobs as a worker finds them. Shell commands of whoever has it work
// are run only if the worker's owner says so.
func Library(commands bool) mapreduce.Library {
	return func(text []byte) (mapreduce.Plan, error) {
		s, err := Decode(text)
		switch {
		case err != nil:
			return mapreduce.Plan{}, err
		case s.Commands() && !commands:
			return mapreduce.Plan{}, ErrNoCommands
		}
		return Plan(s)
	}
}

// ErrNoCommands says that a worker's owner did not allow that it runs shell commands.
var ErrNoCommands = errors.New("this worker runs no shell commands for others (it was started without --commands)")
