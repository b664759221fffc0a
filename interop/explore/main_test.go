//go:build interop

package explore_test

import (
	"testing"

	"github.com/parleysystems/parley/interop/explore"
)

func TestMain(m *testing.M) { explore.Main(m) }
