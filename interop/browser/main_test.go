//go:build interop

package browser_test

import (
	"testing"

	"github.com/parleysystems/parley/interop/hosts"
)

func TestMain(m *testing.M) { hosts.Main(m) }
