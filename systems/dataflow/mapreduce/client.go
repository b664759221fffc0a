package mapreduce

import (
	"errors"
	"fmt"
	"time"

	"github.com/parleysystems/parley/node"
)

// Await asks a master how a job is doing until it has ended, and tells see, which may be
// nil, each time. The error is nil if the outputs are all there. It wraps ErrAborted or
// ErrFailed if the job came to nothing, ErrUnknownJob if the master does not know it. A
// master that does not answer is asked again, patience is over after so long without an
// answer: then the error wraps node.ErrTimeout, and what became of the job is unknown.
func Await(t node.Task, master node.Addr, job string, every, patience time.Duration, see func(Status)) (Status, error) {
	var silent time.Duration
	for {
		answer, err := t.Call(master, &Ask{job}, every)
		s, ok := answer.(*Status)
		switch {
		case err != nil || !ok:
			if silent += every; silent >= patience {
				return Status{}, fmt.Errorf("mapreduce: job %s: the master is silent: %w", job, node.ErrTimeout)
			}
			continue
		case see != nil:
			see(*s)
		}
		silent = 0
		if ended, err := s.outcome(); ended {
			return *s, err
		}
		t.Sleep(every)
	}
}

// outcome tells whether the job has ended, and how.
func (s *Status) outcome() (ended bool, err error) {
	switch {
	case s.Problem == ErrUnknownJob.Error() && s.Phase == Starting:
		return true, fmt.Errorf("mapreduce: job %s: %w", s.Job, ErrUnknownJob)
	case s.Phase == Finished:
		return true, nil
	case s.Phase == Aborted:
		return true, fmt.Errorf("mapreduce: job %s: %w", s.Job, ErrAborted)
	case s.Phase == Failed:
		return true, fmt.Errorf("mapreduce: job %s: %w: %w", s.Job, ErrFailed, errors.New(s.Problem))
	}
	return false, nil
}
