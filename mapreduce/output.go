package mapreduce

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	mr "github.com/parleysystems/parley/systems/dataflow/mapreduce"
)

// Manifest is the name of the file that tells what an output directory holds. It
// is there if and only if the job succeeded.
const Manifest = "_SUCCESS"

// Part is one output file as the manifest has it.
type Part struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	CRC32C uint32 `json:"crc32c"`
}

// manifest is what the file of that name says.
type manifest struct {
	// Job is the name of a job whose master keeps a checkpoint.
	Job      string           `json:"job,omitempty"`
	Parts    []Part           `json:"parts"`
	Counters map[string]int64 `json:"counters"`
}

// staging is where outputs lie until all are complete: a directory beside the
// one that it becomes by one rename, or a temporary one.
type staging struct {
	job    string // whose master keeps a checkpoint; else empty
	final  string // empty: the outputs are copied to writer
	dir    string
	writer io.Writer
	files  []*os.File // of executions under way
	parts  []Part
}

// newStaging makes the directory. Outputs of a job that may be begun again stay within
// one name, so that nothing is left behind by those who began before.
func newStaging(o Options, temp, job string) (*staging, error) {
	s := &staging{job: job, writer: o.Writer, dir: temp, files: make([]*os.File, o.Partitions), parts: make([]Part, o.Partitions)}
	if o.Output == "" {
		return s, nil
	}
	s.final = filepath.Clean(o.Output)
	parent, name := filepath.Split(s.final)
	if err := os.MkdirAll(filepath.Clean(parent+"."), 0o777); err != nil {
		return nil, fmt.Errorf("output %s: %w", o.Output, err)
	}
	var dir string
	var err error
	if pattern := filepath.Join(parent, "."+name+".partial-"); job == "" {
		dir, err = os.MkdirTemp(filepath.Clean(parent+"."), filepath.Base(pattern))
	} else {
		dir = pattern + job
		err = errors.Join(os.RemoveAll(dir), os.Mkdir(dir, 0o755))
	}
	if err != nil {
		return nil, fmt.Errorf("output %s: %w", o.Output, err)
	}
	s.dir = dir
	return s, os.Chmod(dir, 0o755)
}

func (s *staging) create(task int) (*os.File, error) {
	name := fmt.Sprintf("part-%05d", task)
	f, err := os.Create(filepath.Join(s.dir, name))
	s.files[task], s.parts[task].Name = f, name
	return f, err
}

// close completes the output of one execution. What is to stay is synced.
func (s *staging) close(task int, r mr.ReduceResult, err error) error {
	f := s.files[task]
	s.files[task] = nil
	if err == nil && s.final != "" {
		err = f.Sync()
	}
	s.parts[task].Bytes, s.parts[task].CRC32C = r.Length, r.Sum
	return full(errors.Join(err, f.Close()))
}

// commit makes all outputs appear at once.
func (s *staging) commit(summary Summary) ([]Part, error) {
	if s.final == "" {
		return s.parts, s.copyAll()
	}
	if err := s.writeManifest(summary); err != nil {
		return nil, fmt.Errorf("output %s: %w", s.final, err)
	}
	// Renaming over a directory succeeds if that is empty, so what came into being
	// since the job began is not lost either.
	if err := os.Rename(s.dir, s.final); err != nil {
		return nil, fmt.Errorf("output %s: %w; nothing was written to it", s.final, err)
	}
	s.dir = ""
	return s.parts, syncDir(filepath.Dir(s.final))
}

func (s *staging) writeManifest(summary Summary) error {
	text, err := json.MarshalIndent(manifest{s.job, s.parts, summary.Counters}, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.Create(filepath.Join(s.dir, Manifest))
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return syncDir(s.dir)
}

func syncDir(name string) error {
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func (s *staging) copyAll() error {
	for _, p := range s.parts {
		f, err := os.Open(filepath.Join(s.dir, p.Name))
		if err != nil {
			return err
		}
		_, err = io.Copy(s.writer, f)
		f.Close()
		if err != nil {
			return fmt.Errorf("write the answer: %w", err)
		}
	}
	return nil
}

// abort removes what did not become an output.
func (s *staging) abort() {
	if s.final != "" && s.dir != "" {
		os.RemoveAll(s.dir)
	}
}
