package mapreduce

import "errors"

var (
	// ErrAborted says that the master failed, and that what it knew was not kept:
	// run the job again. Outputs that were committed are whole.
	ErrAborted = errors.New("the master failed and the job was aborted")
	// ErrFailed says that a task failed too often, or that no worker can go on.
	ErrFailed = errors.New("the job has failed")
	// ErrUnknownJob says that the master knows nothing of the job.
	ErrUnknownJob = errors.New("the master does not have this job")
)
