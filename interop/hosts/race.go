//go:build race

package hosts

// buildFlags make the processes as watchful as the test that runs them.
var buildFlags = []string{"-race"}
