package chaintest

import (
	"github.com/parleysystems/parley/systems/replication/chain"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// Chain makes a trial's replicas a chain with the settings that it has by default,
// and puts its configuration service on hosts of their own.
func Chain(t *rsmtest.Trial) { into(t, chain.Config{}) }

// CRAQ is Chain whose replicas all answer reads.
func CRAQ(t *rsmtest.Trial) { into(t, craq(chain.Config{})) }
