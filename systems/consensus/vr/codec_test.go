package vr_test

import (
	"testing"

	"github.com/parleysystems/parley/kernel/wire/wiretest"
	"github.com/parleysystems/parley/systems/consensus/vr"
)

func TestHotMessagesEncodeAsTheirTagsSay(t *testing.T) {
	wiretest.Codec[vr.Entry](t)
	wiretest.Codec[vr.Prepare](t)
	wiretest.Codec[vr.PrepareOK](t)
	wiretest.Codec[vr.Commit](t)
}
