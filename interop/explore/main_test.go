//go:build interop

package explore_test

import (
	"testing"

	"github.com/parleysystems/parley/interop/hosts"
)

func TestMain(m *testing.M) { hosts.Main(m) }
