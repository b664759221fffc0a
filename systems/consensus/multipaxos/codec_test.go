package multipaxos_test

import (
	"testing"

	"github.com/parleysystems/parley/kernel/wire/wiretest"
	"github.com/parleysystems/parley/systems/consensus/multipaxos"
)

func TestHotMessagesEncodeAsTheirTagsSay(t *testing.T) {
	wiretest.Codec[multipaxos.Value](t)
	wiretest.Codec[multipaxos.Accept](t)
	wiretest.Codec[multipaxos.Accepted](t)
	wiretest.Codec[multipaxos.Heartbeat](t)
}
