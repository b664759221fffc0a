package mapreduce

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	mr "github.com/parleysystems/parley/systems/dataflow/mapreduce"
)

// piece is a part of one file: the records that begin in Length bytes from
// Offset on.
type piece struct {
	File   string    `json:"file"`
	Offset int64     `json:"offset,omitempty"`
	Length int64     `json:"length"`
	Size   int64     `json:"size"`     // of the file, when the job was planned
	Time   time.Time `json:"modified"` // a file that was changed since is an error
	Quoted bool      `json:"quoted,omitempty"`
}

// packed tells whether a file is compressed, and how, by its name.
func packed(name string) string {
	switch ext := strings.ToLower(filepath.Ext(name)); ext {
	case ".gz", ".zst":
		return ext
	}
	return ""
}

// Files returns the input files that arguments mean, in their order: a file, all
// files below a directory, or a pattern as of path/filepath. Names that begin with a
// dot or an underscore are left out of directories, so that one job's output can
// be another's input.
func Files(arguments []string) ([]string, error) {
	var files []string
	for _, argument := range arguments {
		found, err := filesOf(argument)
		if err != nil {
			return nil, fmt.Errorf("input %s: %w", argument, err)
		}
		files = append(files, found...)
	}
	if len(files) == 0 {
		return nil, errors.New("no input files")
	}
	return files, nil
}

func filesOf(argument string) ([]string, error) {
	if _, err := os.Stat(argument); err == nil {
		return below(argument)
	} else if !strings.ContainsAny(argument, "*?[") {
		return nil, unwrapPath(err)
	}
	matches, err := filepath.Glob(argument)
	if err != nil {
		return nil, err
	}
	if len(matches) == 0 {
		return nil, errors.New("the pattern matches nothing")
	}
	var files []string
	for _, match := range matches {
		found, err := below(match)
		if err != nil {
			return nil, err
		}
		files = append(files, found...)
	}
	return files, nil
}

func below(root string) (files []string, err error) {
	if info, err := os.Stat(root); err == nil && info.IsDir() {
		root += string(filepath.Separator) // what a link leads to, not the link
	}
	err = filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		hidden := name != root && strings.ContainsAny(d.Name()[:1], "._")
		switch {
		case hidden && d.IsDir():
			return fs.SkipDir
		case !hidden && !d.IsDir():
			files = append(files, name)
		}
		return nil
	})
	return files, err
}

// Absolute returns inputs under names that mean the same in every directory, for
// workers that run elsewhere.
func Absolute(inputs []string) ([]string, error) {
	all := make([]string, len(inputs))
	for i, name := range inputs {
		var err error
		if all[i], err = filepath.Abs(name); err != nil {
			return nil, fmt.Errorf("input %s: %w", name, err)
		}
	}
	return all, nil
}

// unwrapPath takes the name off an error that will be told with it.
func unwrapPath(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return fmt.Errorf("%s: %w", path.Op, path.Err)
	}
	return err
}

// Splits divides files into splits of about size bytes, at borders of records.
// Small files share one; compressed files are never divided.
func Splits(files []string, format Format, size int64) ([]mr.Split, error) {
	return nearSplits(files, format, size, nil)
}

// nearSplits is Splits that knows who has files on a disk of its own: files of one split
// are near the same workers.
func nearSplits(files []string, format Format, size int64, places []Near) ([]mr.Split, error) {
	var splits []mr.Split
	var open []piece
	var bytes int64
	var hosts []string
	flush := func() {
		if len(open) > 0 {
			splits = append(splits, mr.Split{Spec: encode(open), Bytes: bytes, Hosts: hosts})
			open, bytes = nil, 0
		}
	}
	for _, file := range files {
		pieces, err := piecesOf(file, format, size)
		if err != nil {
			return nil, fmt.Errorf("input %s: %w", file, err)
		}
		if near := hostsOf(file, places); !slices.Equal(near, hosts) {
			flush()
			hosts = near
		}
		for _, p := range pieces {
			if bytes+p.Length > size {
				flush()
			}
			open, bytes = append(open, p), bytes+p.Length
		}
	}
	flush()
	return splits, nil
}

func piecesOf(file string, format Format, size int64) ([]piece, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, unwrapPath(err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("it is no regular file (%v), so it cannot be read a second time", info.Mode().Type())
	}
	f, err := os.Open(file) // unreadable files are found before any work is done
	if err != nil {
		return nil, unwrapPath(err)
	}
	defer f.Close()
	whole := piece{File: file, Length: info.Size(), Size: info.Size(), Time: info.ModTime()}
	if format.kind == fixedWidth && packed(file) == "" && info.Size()%int64(format.width) != 0 {
		return nil, fmt.Errorf("its %d bytes are not a multiple of the record's %d", info.Size(), format.width)
	}
	if packed(file) != "" || whole.Length <= size {
		return []piece{whole}, nil
	}
	pieces := divide(whole, format, size)
	if format.kind == csvRecords {
		return pieces, markQuoted(f, pieces)
	}
	return pieces, nil
}

// divide makes pieces of equal length, so that none is much shorter than others.
func divide(whole piece, format Format, size int64) (pieces []piece) {
	n := (whole.Length + size - 1) / size
	for i := range n {
		p := whole
		p.Offset = border(whole.Length*i/n, format)
		p.Length = border(whole.Length*(i+1)/n, format) - p.Offset
		if i == n-1 {
			p.Length = whole.Length - p.Offset
		}
		pieces = append(pieces, p)
	}
	return pieces
}

func border(offset int64, format Format) int64 {
	if format.kind == fixedWidth {
		return offset / int64(format.width) * int64(format.width)
	}
	return offset
}

// markQuoted finds out which pieces begin within quotes, which only counting
// quotes from the beginning of the file can tell.
func markQuoted(f io.Reader, pieces []piece) error {
	buf := make([]byte, 256<<10)
	quotes := 0
	for i := range pieces {
		pieces[i].Quoted = quotes%2 == 1
		for left := pieces[i].Length; left > 0; {
			n, err := f.Read(buf[:min(left, int64(len(buf)))])
			quotes += bytes.Count(buf[:n], []byte{'"'})
			if left -= int64(n); err != nil && (left > 0 || !errors.Is(err, io.EOF)) {
				return err
			}
		}
	}
	return nil
}

func encode(pieces []piece) []byte {
	text, err := json.Marshal(pieces)
	if err != nil {
		panic(err) // strings and numbers only
	}
	return text
}

func decode(spec []byte) (pieces []piece, err error) {
	err = json.Unmarshal(spec, &pieces)
	return slices.Clip(pieces), err
}
