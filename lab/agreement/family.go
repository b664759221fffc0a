package agreement

import (
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/consensus/multipaxos"
	"github.com/parleysystems/parley/systems/consensus/pbft"
	"github.com/parleysystems/parley/systems/consensus/raft"
	"github.com/parleysystems/parley/systems/consensus/vr"
	"github.com/parleysystems/parley/systems/replication/chain/chaintest"
	"github.com/parleysystems/parley/systems/replication/primarybackup/primarybackuptest"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/replication/rsm/rsmtest"
)

// Protocol is one of the family.
type Protocol struct {
	Name string
	// Faults is the model: what a host may do.
	Faults string
	// Replicas says how many it takes to survive f faults, and Besides what is
	// needed besides them.
	Replicas, Besides string
	// Sizes are the groups that are measured, the first that of the bad days, and Wide
	// those in which a write is held against the paper.
	Sizes, Wide []int
	// Survives is how many faulty replicas a group of n survives.
	Survives func(n int) int
	Paper    Paper

	into func(*rsmtest.Trial)
}

// Family is all of them, in the order of the tables.
var Family = []Protocol{
	{"raft", "crash", "2f+1", "", odd, wide, minority, led, engine(func(m []node.Addr) rsm.Engine { return raft.New(raft.Config{Members: m}) })},
	{"multipaxos", "crash", "2f+1", "", odd, wide, minority, led, engine(func(m []node.Addr) rsm.Engine { return multipaxos.New(multipaxos.Config{Members: m}) })},
	{"vr", "crash", "2f+1", "", odd, wide, minority, led, engine(func(m []node.Addr) rsm.Engine { return vr.New(vr.Config{Members: m}) })},
	{"primarybackup", "crash", "f+1, and spares", "a view server, which may not fail", []int{3}, wide, one, paired, primarybackuptest.Servers},
	{"chain", "crash", "f+1", "a configuration service of 2f+1", odd, wide, allButOne, chained, chaintest.Chain},
	{"craq", "crash", "f+1", "a configuration service of 2f+1", odd, wide, allButOne, chained, chaintest.CRAQ},
	{"pbft", "Byzantine", "3f+1", "", []int{4, 7, 10}, []int{4, 7, 10, 13, 16}, third, byzantine, engine(func(m []node.Addr) rsm.Engine { return pbft.New(pbft.Config{Members: m}) })},
}

var (
	odd  = []int{3, 5, 7}
	wide = []int{3, 5, 7, 9, 11}
)

func minority(n int) int  { return (n - 1) / 2 }
func third(n int) int     { return (n - 1) / 3 }
func allButOne(n int) int { return n - 1 }
func one(int) int         { return 1 }

func engine(of func([]node.Addr) rsm.Engine) func(*rsmtest.Trial) {
	return func(t *rsmtest.Trial) { t.Config.Engine = of }
}
