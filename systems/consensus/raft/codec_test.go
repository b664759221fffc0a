package raft_test

import (
	"testing"

	"github.com/parleysystems/parley/kernel/wire/wiretest"
	"github.com/parleysystems/parley/systems/consensus/raft"
)

func TestHotMessagesEncodeAsTheirTagsSay(t *testing.T) {
	wiretest.Codec[raft.Entry](t)
	wiretest.Codec[raft.AppendEntries](t)
	wiretest.Codec[raft.AppendEntriesReply](t)
}
