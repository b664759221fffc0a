//go:build interop

package mapreduce_test

import (
	"os/exec"
	"testing"
)

// The example lives in a module of its own, as a user's program does.
func TestTheExampleIsRunnerMasterAndWorker(t *testing.T) {
	out, err := exec.Command("go", "-C", "../../examples", "test", "-count=1", "./wordcount").CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
