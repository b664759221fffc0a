package mapreduce

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/parleysystems/parley/kernel/disk"
	mr "github.com/parleysystems/parley/systems/dataflow/mapreduce"
)

// checkpoint is the directory from which the same command, given again, goes on with a
// job whose master ended:
//
//	LOCK       held by the master of now
//	job.json   what the job is, and its splits
//	master/    the master's host: log, tables, outputs that are complete
//	temp/      nothing that is needed again
//
// K1. job.json is durable before a worker hears of the job.
// K2. Everything stays until the output is durable, or the job has failed for good;
// job.json goes last.
type checkpoint struct {
	dir  string
	lock *disk.DirLock
	spec []byte // that is asked for
	job  keptJob
	// again tells that a master before this one began the job.
	again bool
}

// keptJob is job.json.
type keptJob struct {
	ID         string     `json:"id"`
	Spec       []byte     `json:"spec"`
	Inputs     []string   `json:"inputs"`
	Output     string     `json:"output,omitempty"`
	Partitions int        `json:"partitions"`
	MaxRecord  int        `json:"max_record"`
	Skip       int        `json:"skip"`
	Splits     []mr.Split `json:"splits"`
}

const (
	keptName   = "job.json"
	masterName = "master"
	tempName   = "temp"
)

// ErrOtherJob says that a directory for checkpoints is another job's.
var ErrOtherJob = errors.New("the checkpoint is of another job")

// openCheckpoint takes the directory, and finds out whether it holds a job that was
// begun. id is the name of one that was not.
func openCheckpoint(dir, id string, spec []byte) (*checkpoint, error) {
	lock, err := disk.Lock(dir)
	if err != nil {
		return nil, fmt.Errorf("checkpoint: %w", err)
	}
	k := &checkpoint{dir: dir, lock: lock, spec: spec, job: keptJob{ID: id}}
	if err := k.read(); err != nil {
		return nil, errors.Join(fmt.Errorf("checkpoint %s: %w", dir, err), lock.Close())
	}
	return k, nil
}

func (k *checkpoint) read() error {
	text, err := os.ReadFile(k.path(keptName))
	if err == nil {
		k.again = true
		if err := json.Unmarshal(text, &k.job); err != nil {
			return fmt.Errorf("%s cannot be read: %w; remove the directory to begin anew", keptName, err)
		}
		return nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	entries, err := os.ReadDir(k.dir)
	for _, e := range entries {
		if n := e.Name(); n != disk.LockFile && n != keptName+partial {
			return fmt.Errorf("the directory holds %s and no job; name another", n)
		}
	}
	return err
}

func (k *checkpoint) path(name string) string { return filepath.Join(k.dir, name) }

// partial ends the names of files that do not count yet.
const partial = ".partial"

// agree compares a job that was begun with the one that is asked for. Memory, the
// number of tasks at a time and the workers may be others now.
func (k *checkpoint) agree(o *Options) error {
	if !k.again {
		return nil
	}
	output, err := absoluteOutput(o.Output)
	if err != nil {
		return err
	}
	if o.Partitions == 0 {
		o.Partitions = k.job.Partitions
	}
	if o.MaxRecord == 0 {
		o.MaxRecord = DefaultMaxRecord
	}
	inputs, err := Absolute(o.Inputs)
	if err != nil {
		return err
	}
	differs := ""
	switch j := &k.job; {
	case !bytes.Equal(j.Spec, k.spec):
		differs = "another job, or one that is set otherwise"
	case !slices.Equal(j.Inputs, inputs):
		differs = fmt.Sprintf("input %v", j.Inputs)
	case j.Output != output:
		differs = fmt.Sprintf("output %q", j.Output)
	case j.Partitions != o.Partitions || j.MaxRecord != o.MaxRecord || j.Skip != o.Skip:
		differs = fmt.Sprintf("%d partitions, records of at most %d bytes, %d that may be left out", j.Partitions, j.MaxRecord, j.Skip)
	}
	if differs != "" {
		return fmt.Errorf("checkpoint %s: %w: %s; give the command that began it, or another directory", k.dir, ErrOtherJob, differs)
	}
	return nil
}

func absoluteOutput(dir string) (string, error) {
	if dir == "" {
		return "", nil
	}
	return filepath.Abs(dir)
}

// begin makes the job durable before anybody works on it (K1).
func (k *checkpoint) begin(o Options, splits []mr.Split) (err error) {
	k.job.Spec, k.job.Splits = k.spec, splits
	k.job.Partitions, k.job.MaxRecord, k.job.Skip = o.Partitions, o.MaxRecord, o.Skip
	if k.job.Output, err = absoluteOutput(o.Output); err != nil {
		return err
	}
	if k.job.Inputs, err = Absolute(o.Inputs); err != nil {
		return err
	}
	text, err := json.Marshal(k.job)
	if err != nil {
		panic(err) // strings, bytes and numbers only
	}
	if err := writeDurably(k.path(keptName), text); err != nil {
		return fmt.Errorf("checkpoint %s: %w", k.dir, err)
	}
	return nil
}

// writeDurably makes a file whole or not at all.
func writeDurably(name string, text []byte) error {
	f, err := os.Create(name + partial)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(name+partial, name); err != nil {
		return err
	}
	return syncDir(filepath.Dir(name))
}

// complete tells whether the job's output is there already: its master ended between
// that and the end of the checkpoint.
func (k *checkpoint) complete() bool {
	if !k.again || k.job.Output == "" {
		return false
	}
	text, err := os.ReadFile(filepath.Join(k.job.Output, Manifest))
	var m manifest
	return err == nil && json.Unmarshal(text, &m) == nil && m.Job == k.job.ID
}

// remove ends the checkpoint: nobody is to go on from it any more (K2).
func (k *checkpoint) remove() error {
	err := errors.Join(os.RemoveAll(k.path(masterName)), os.RemoveAll(k.path(tempName)))
	if err == nil {
		err = os.Remove(k.path(keptName))
	}
	if err != nil {
		return fmt.Errorf("checkpoint %s: %w", k.dir, err)
	}
	_ = os.Remove(k.path(disk.LockFile)) // it is held until close, and the directory may be wanted
	_ = os.Remove(k.dir)
	return nil
}

// close lets others have the directory.
func (k *checkpoint) close() { _ = k.lock.Close() } // nothing of it is wanted any more

// copyOutput has a file appear under another name as well, so that the first remains
// for who has to do it again.
func copyOutput(from, to string) error {
	if os.Link(from, to) == nil { // the same file: it was synced under its first name
		return nil
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}
