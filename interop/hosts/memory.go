package hosts

import (
	"fmt"
	"os"
	"strings"
)

// ResidentBytes returns how much memory the process holds, and false where the
// system has no /proc to tell.
func (h *Host) ResidentBytes() (bytes int64, known bool) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", h.process.Process.Pid))
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			_, err := fmt.Sscanf(rest, "%d kB", &bytes)
			return bytes << 10, err == nil
		}
	}
	return 0, false
}
