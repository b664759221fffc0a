package trace

import "os"

// Redirect makes the tape write to another file, before its first event.
func (t *Tape) Redirect(name string) error {
	file, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	t.file = file
	t.out.Reset(file)
	return nil
}
