//go:build interop

package explore_test

import (
	"testing"

	"github.com/parleysystems/parley/interop/browser"
)

func TestMain(m *testing.M) { browser.Main(m) }
