package engine

import "github.com/parleysystems/parley/kernel/disk"

// segments are the files of the log. Space that is reserved but was never written
// makes every sync change the file system's metadata too, which doubles what it
// takes and more; so new segments are written once, with zeroes. Later ones are old
// files, used again.
type segments struct{ disk.FS }

func (s segments) Create(name string) (disk.File, error) { return writtenOut(s.FS.Create(name)) }
func (s segments) Open(name string) (disk.File, error)   { return writtenOut(s.FS.Open(name)) }

func writtenOut(f disk.File, err error) (disk.File, error) {
	if err != nil {
		return nil, err
	}
	return segment{f}, nil
}

type segment struct{ disk.File }

// Preallocate implements disk.File.
func (s segment) Preallocate(size int64) error {
	from, err := s.Size()
	if err != nil {
		return err
	}
	if err := s.File.Preallocate(size); err != nil {
		return err
	}
	zeroes := make([]byte, 256<<10)
	for ; from < size; from += int64(len(zeroes)) {
		if _, err := s.WriteAt(zeroes[:min(int64(len(zeroes)), size-from)], from); err != nil {
			return err
		}
	}
	return nil
}
