//go:build !race

package hosts

var buildFlags []string
