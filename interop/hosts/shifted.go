package hosts

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// aheadVariable is the environment variable by which a host built for it has
// its clock set, in seconds.
const aheadVariable = "PARLEY_INTEROP_AHEAD"

// buildShifted compiles parley with a standard library whose wall clock can be
// ahead or behind. A host reads the clock from the kernel's memory, where nobody
// can lie to one process and not to the others, so time.Now itself is what
// changes: for all of the binary, TLS and gRPC included. The clock that never
// steps is left alone, as an operator who sets the time leaves it.
var buildShifted = sync.OnceValues(func() (string, error) {
	overlay, err := shiftTime()
	if err != nil {
		return "", err
	}
	return compile("parley-shifted", "-overlay", overlay)
})

const (
	readsTheClock = "\nfunc Now() Time {\n\tsec, nsec, mono := runtimeNow()\n"
	shiftSource   = `package time

import "syscall"

var ahead = secondsAhead()

func secondsAhead() int64 {
	text, _ := syscall.Getenv("` + aheadVariable + `")
	seconds, _ := atoi(text)
	return int64(seconds)
}
`
)

// shiftTime writes the files that take the place of Go's own, and their list.
func shiftTime() (list string, err error) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return "", err
	}
	dir, err := builds()
	if err != nil {
		return "", err
	}
	source := filepath.Join(strings.TrimSpace(string(root)), "src", "time")
	text, err := os.ReadFile(filepath.Join(source, "time.go"))
	if err != nil {
		return "", err
	}
	before, after, found := strings.Cut(string(text), readsTheClock)
	if !found {
		return "", errors.New("shift the clock: time.Now in this version of Go does not read it as expected; adapt interop/hosts/shifted.go")
	}
	files := map[string]string{"time.go": before + readsTheClock + "\tsec += ahead\n" + after, "ahead.go": shiftSource}
	replace := map[string]string{}
	for name, content := range files {
		replace[filepath.Join(source, name)] = filepath.Join(dir, name)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			return "", err
		}
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	list = filepath.Join(dir, "overlay.json")
	return list, os.WriteFile(list, overlay, 0o600)
}
