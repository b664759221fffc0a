//go:build interop

package browser_test

import (
	"testing"

	"github.com/parleysystems/parley/interop/browser"
)

func TestMain(m *testing.M) { browser.Main(m) }
