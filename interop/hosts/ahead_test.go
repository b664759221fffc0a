package hosts

import (
	"bytes"
	"errors"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Each process has the clock that it was given, and the test keeps its own.
func TestAProcessIsStartedWithAWrongClock(t *testing.T) {
	for _, ahead := range []time.Duration{-time.Hour, 0, 90 * time.Minute} {
		command := exec.Command("date", "+%s")
		var said bytes.Buffer
		command.Stdout = &said
		err := startAhead(command, ahead)
		if errors.Is(err, errNoShift) {
			leaveOut(t, err)
		}
		if err == nil {
			err = command.Wait()
		}
		seconds, bad := strconv.ParseInt(strings.TrimSpace(said.String()), 10, 64)
		if err = errors.Join(err, bad); err != nil {
			t.Fatal(err)
		}
		if off := time.Until(time.Unix(seconds, 0)) - ahead; off.Abs() > time.Minute {
			t.Errorf("a clock that should be ahead by %v is by %v", ahead, off+ahead)
		}
	}
}
