package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// openRecordings opens traces by the names of their files. Of one that outgrew
// its limit the older half comes first. Who has read them calls done, which is
// there even after an error.
func openRecordings(names []string) (recordings map[string]io.Reader, done func(), err error) {
	recordings = map[string]io.Reader{}
	var files []*os.File
	done = func() {
		for _, f := range files {
			f.Close()
		}
	}
	for _, name := range names {
		var parts []io.Reader
		for _, part := range []string{name + ".older", name} {
			f, err := os.Open(part)
			if errors.Is(err, fs.ErrNotExist) && part != name {
				continue
			}
			if err != nil {
				return nil, done, fmt.Errorf("--open: %w", err)
			}
			files, parts = append(files, f), append(parts, f)
		}
		recordings[filepath.Base(name)] = io.MultiReader(parts...)
	}
	return recordings, done, nil
}
