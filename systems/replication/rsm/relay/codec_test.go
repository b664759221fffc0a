package relay_test

import (
	"testing"

	"github.com/parleysystems/parley/kernel/wire/wiretest"
	"github.com/parleysystems/parley/systems/replication/rsm/relay"
)

func TestHotMessagesEncodeAsTheirTagsSay(t *testing.T) {
	wiretest.Codec[relay.Entry](t)
	wiretest.Codec[relay.Update](t)
	wiretest.Codec[relay.Held](t)
}
