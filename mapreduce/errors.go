package mapreduce

import (
	"context"
	"errors"
	"fmt"

	mr "github.com/parleysystems/parley/systems/dataflow/mapreduce"
)

// Kind is what a task does.
type Kind string

// The two kinds of tasks.
const (
	MapTask    Kind = "map"
	ReduceTask Kind = "reduce"
)

// TaskError says which execution of which task failed the job.
type TaskError struct {
	Kind    Kind
	Task    int // from 0
	Attempt int // from 1
	Err     error
}

func (e *TaskError) Error() string {
	return fmt.Sprintf("%s task %d, attempt %d: %v; nothing was written to the output", e.Kind, e.Task, e.Attempt, e.Err)
}

// Unwrap returns what the execution failed with.
func (e *TaskError) Unwrap() error { return e.Err }

// interrupted says that whoever wanted the job does not any more.
func interrupted(ctx context.Context) error {
	return fmt.Errorf("interrupted; nothing was written to the output: %w", context.Cause(ctx))
}

func taskError(kind Kind, task, attempt int, err error) error {
	if errors.Is(err, mr.ErrCancelled) {
		return err
	}
	return &TaskError{kind, task, attempt, err}
}
