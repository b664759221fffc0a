package tidy

// Order is the whole import policy. "a, b < c" lets c, and everything above c,
// import a and b. A name covers the packages below it, unless a longer name in
// the table does; "systems/...test" is every harness (raft/rafttest) and wins
// over the system that it belongs to. A package imports only what stands below
// it: what the table does not say is forbidden.
const Order = `
	# The contract stands on nothing.
	NONE < node, kernel/disk, docs/canon;

	# What kernels and protocols share.
	kernel/disk < kernel/wal;
	node        < kernel/wire, kernel/task, kernel/wal;
	kernel/wire < kernel/wire/wiretest;

	# Protocols see the contract, the codec, files and logs, and pure pieces.
	# They never see a kernel that runs them: that is why they run in any.
	kernel/disk, kernel/wal, kernel/wire, kernel/task < blocks < systems;

	# The kernels, and what judges their runs.
	node, kernel/wire < kernel/trace;
	kernel/trace, kernel/task, kernel/wal < kernel/sim, kernel/live;
	kernel/trace < kernel/workload < kernel/check;
	# Dependency graphs of histories are cut up by the same pure piece as the
	# precedence graphs of schedules; blocks know no system and no kernel.
	blocks, kernel/check < kernel/check/isolation < kernel/experiment;
	kernel/sim, kernel/check, docs/canon < kernel/experiment;
	kernel/experiment < kernel/check/checktest, kernel/check/isolation/isolationtest < lab;

	# A harness joins a system to the simulator and to the judges.
	systems, kernel/experiment < systems/...test;

	# Real protocols on real sockets.
	systems, kernel/live, kernel/trace < serve;

	# Jobs over files: what users write, run by the engine of systems/dataflow.
	# Goroutines, files and clocks are allowed here, so parallel work stands here.
	systems, kernel/live < mapreduce < cmd, interop;

	# The pages of the console share a shell, which knows nothing of what they show.
	NONE < internal/look;
	internal/look < serve, mapreduce, lab, cmd;

	# Figures of the documentation, drawn from what experiments and commands measure.
	NONE < internal/plot;
	internal/plot < lab, cmd;

	# The registry of experiments, and the one binary.
	systems/...test < lab;
	kernel/live < internal/cluster;
	lab, serve, internal/cluster < cmd;

	# Real clients against real processes see what users see: nothing of ours, but
	# for the judges of what they recorded.
	kernel/check < interop;

	# Real clients against real processes.
	serve, internal/cluster, kernel/check < interop;

	# Tools of this repository.
	docs/canon < internal/tidy;
	docs/canon, lab < internal/knockout < cmd;
`

// siblings are the imports between packages that the table holds to be one
// layer's: a system that is built out of another.
var siblings = map[string]string{
	"systems/consensus/raft -> systems/replication/rsm":                   "an engine runs the state machines that rsm defines",
	"systems/stores/kv -> systems/replication/rsm":                        "the store is a state machine",
	"systems/order/multicast -> systems/order/lamport":                    "totally ordered multicast goes by Lamport's stamps",
	"systems/order/multicast -> systems/order/vector":                     "causal multicast goes by vectors",
	"systems/order/multicast -> systems/order/multicast/channel":          "both presuppose channels that lose nothing",
	"systems/order/snapshot -> systems/order/multicast/channel":           "markers presuppose channels that are FIFO and lose nothing",
	"systems/order/physical/cristian -> systems/order/physical":           "the software clock and the exchange of four timestamps",
	"systems/order/physical/berkeley -> systems/order/physical":           "the software clock and the exchange of four timestamps",
	"systems/order/physical/ntp -> systems/order/physical":                "the software clock and the exchange of four timestamps",
	"systems/order/physical/truetime -> systems/order/physical":           "intervals and what a majority of them agrees on",
	"systems/consensus/vr -> systems/replication/rsm":                     "an engine runs the state machines that rsm defines",
	"systems/consensus/vr -> systems/replication/rsm/pull":                "laggards fetch checkpoints as those of other engines do",
	"systems/consensus/vr -> systems/replication/rsm/rounds":              "reads are proved fresh as in other engines",
	"systems/commit/twophase/bank -> systems/commit/twophase":             "a bank is a resource of transactions",
	"systems/consensus/multipaxos -> systems/replication/rsm":             "an engine runs the state machines that rsm defines",
	"systems/consensus/multipaxos -> systems/replication/rsm/pull":        "laggards fetch checkpoints as those of other engines do",
	"systems/consensus/multipaxos -> systems/replication/rsm/rounds":      "reads are proved fresh as in other engines",
	"systems/consensus/pbft -> systems/replication/rsm":                   "an engine runs the state machines that rsm defines",
	"systems/commit/twophase/register -> systems/commit/twophase":         "it keeps a coordinator's decisions",
	"systems/commit/twophase/register -> systems/replication/rsm":         "in a replicated log, so that nobody waits for one host",
	"systems/replication/rsm/pull -> systems/replication/rsm":             "checkpoints are what rsm captures",
	"systems/replication/rsm/rounds -> systems/replication/rsm":           "reads have the levels that rsm defines",
	"systems/replication/rsm/relay -> systems/replication/rsm":            "a history is what rsm's engines order",
	"systems/replication/rsm/relay -> systems/replication/rsm/pull":       "who lacks too much fetches a checkpoint",
	"systems/replication/chain -> systems/replication/rsm":                "an engine runs the state machines that rsm defines; the configuration service is one, too",
	"systems/replication/chain -> systems/replication/rsm/relay":          "a chain is a row of replicas",
	"systems/replication/chain -> systems/replication/rsm/rounds":         "reads wait for rounds of messages as in other engines",
	"systems/replication/multimaster -> systems/order/multicast":          "writes reach the other masters by causal multicast",
	"systems/replication/multimaster -> systems/order/lamport":            "of two writes the one with the later stamp wins",
	"systems/replication/primarybackup -> systems/replication/rsm":        "an engine runs the state machines that rsm defines",
	"systems/replication/primarybackup -> systems/replication/rsm/relay":  "a primary and its backup are a row of two",
	"systems/replication/primarybackup -> systems/replication/rsm/rounds": "the backup's word is a round of one",

	"systems/txn/engine -> systems/txn/scheme":                   "storage as schemes see it",
	"systems/txn/engine -> systems/txn/engine/page":              "parts of one engine",
	"systems/txn/engine -> systems/txn/engine/pool":              "parts of one engine",
	"systems/txn/engine -> systems/txn/engine/aries":             "parts of one engine",
	"systems/txn/engine -> systems/txn/engine/btree":             "parts of one engine",
	"systems/txn/engine -> systems/txn/engine/history":           "parts of one engine",
	"systems/txn/engine/pool -> systems/txn/engine/page":         "the pool holds pages",
	"systems/txn/engine/pool -> systems/txn/scheme":              "who finds the pool full waits by a ticket",
	"systems/txn/engine/aries -> systems/txn/engine/page":        "records are redone on pages",
	"systems/txn/engine/aries -> systems/txn/engine/pool":        "recovery reads pages through the pool",
	"systems/txn/engine/aries -> systems/txn/scheme":             "who has to wait does so by a ticket",
	"systems/txn/engine/btree -> systems/txn/engine/page":        "nodes are pages",
	"systems/txn/engine/btree -> systems/txn/engine/pool":        "nodes are found in the pool",
	"systems/txn/engine/btree -> systems/txn/engine/aries":       "every change of a node is logged",
	"systems/txn/program -> systems/txn/scheme":                  "programs run over any scheme",
	"systems/txn/divided -> systems/txn/scheme":                  "every owner of rows has a scheme for them",
	"systems/txn/ycsb -> systems/txn/program":                    "what it makes are programs",
	"systems/txn/ycsb -> systems/txn/scheme":                     "ranges",
	"systems/txn/tpcc -> systems/txn/program":                    "what it makes are programs",
	"systems/txn/tpcc -> systems/txn/scheme":                     "ranges",
	"systems/txn/smallbank -> systems/txn/program":               "what it makes are programs",
	"systems/txn/smallbank -> systems/txn/scheme":                "ranges",
	"systems/txn/workspace -> systems/txn/scheme":                "what a transaction keeps to itself goes to a store in the end",
	"systems/txn/occ -> systems/txn/workspace":                   "private copies, and what was read",
	"systems/txn/memory -> systems/txn/scheme":                   "storage as schemes see it",
	"systems/txn/memory -> systems/txn/workspace":                "walks over an ordered map",
	"systems/txn/mvcc -> systems/txn/scheme":                     "timestamp ordering is a scheme",
	"systems/txn/mvcc -> systems/txn/workspace":                  "ranges that were read, and turns",
	"systems/txn/mvcc/snapshot -> systems/txn/scheme":            "snapshot isolation is a scheme",
	"systems/txn/mvcc/snapshot -> systems/txn/workspace":         "private copies, and turns",
	"systems/txn/mvcc/serializable -> systems/txn/scheme":        "serializable snapshot isolation is a scheme",
	"systems/txn/mvcc/serializable -> systems/txn/workspace":     "what was read",
	"systems/txn/mvcc/serializable -> systems/txn/mvcc/snapshot": "it is snapshot isolation, and a certifier",
	"systems/txn/schemes -> systems/txn/scheme":                  "the list of all schemes",
	"systems/txn/schemes -> systems/txn/engine":                  "the list of all schemes",
	"systems/txn/schemes -> systems/txn/lock":                    "the list of all schemes",
	"systems/txn/schemes -> systems/txn/occ":                     "the list of all schemes",
	"systems/txn/schemes -> systems/txn/mvcc":                    "the list of all schemes",
	"systems/txn/schemes -> systems/txn/mvcc/snapshot":           "the list of all schemes",
	"systems/txn/schemes -> systems/txn/mvcc/serializable":       "the list of all schemes",
	"systems/txn/occ -> systems/txn/scheme":                      "optimistic control is a scheme",
	"systems/txn/lock -> systems/txn/scheme":                     "two-phase locking is a scheme; who waits for a lock does so by a ticket",

	"systems/dataflow/mapreduce -> systems/dataflow/task":       "a master keeps its tasks in tables",
	"systems/dataflow/mapreduce -> systems/dataflow/checkpoint": "a master's successor goes on from a checkpoint",
	"systems/dataflow/mapreduce -> systems/dataflow/shuffle":    "the reference program sorts and merges by it",
}

// open are the layers within which packages import each other freely.
var open = map[string]string{
	"blocks":            "small pure pieces may be made of others",
	"serve":             "doors share the assembly of a host",
	"cmd":               "packages of one binary",
	"lab":               "packages of one registry",
	"mapreduce":         "jobs are made of the package that runs them",
	"interop":           "its suites share the hosts that they hurt",
	"internal/tidy":     "a rule that needs types is a package of its own",
	"internal/knockout": "its programs use it",
	"systems/...test":   "a harness reuses the harness of what its system is built from",
	"kernel/sim":        "parts of one kernel",
	"kernel/live":       "parts of one kernel",
}

// libraries are the third-party modules, who may use them, and what for. A
// module that no package may use is not in go.mod.
var libraries = []library{
	{"github.com/anishathalye/porcupine", "kernel/check", "linearizability"},
	{"github.com/beevik/ntp", "serve/ntp", "a client of the time server that is not ours, in its tests"},
	{"github.com/cespare/xxhash/v2", "systems/stores/kv, systems/txn, blocks/keyed", "a fast digest of the whole store; hash tables of rows, and of locks"},
	{"github.com/chromedp/cdproto", "interop", "what a browser is told: theme, width, which errors to hand on"},
	{"github.com/chromedp/chromedp", "interop", "a real browser that looks at the console"},
	{"github.com/klauspost/compress", "mapreduce", "input that is gzip or zstd"},
	{"github.com/prometheus/client_golang", "serve, cmd", "metrics in the form that operators collect"},
	{"github.com/prometheus/client_model", "serve, cmd", "reading our own metrics back"},
	{"github.com/schollz/progressbar/v3", "cmd", "progress of long checks"},
	{"github.com/spf13/cobra", "cmd", "commands, flags, completion"},
	{"github.com/tidwall/btree", "systems/stores/kv, systems/txn", "an ordered map whose copy costs nothing"},
	{"go.etcd.io/bbolt", "serve/etcd", "the file format of etcd's database, for its snapshots"},
	{"go.etcd.io/etcd/api/v3", "serve/etcd", "the messages of etcd's protocol"},
	{"go.etcd.io/etcd/client/v3", "interop", "the unmodified client of etcd's users"},
	{"go.yaml.in/yaml/v3", "docs/canon, internal/cluster, cmd", "files that people write"},
	{"go.uber.org/zap", "interop", "the logger that etcd's client wants"},
	{"golang.org/x/net", "serve/h2", "the frames of HTTP/2 and the compression of its headers"},
	{"golang.org/x/sys", "kernel/disk, kernel/live, serve, cmd", "calls that only some systems have"},
	{"golang.org/x/term", "cmd", "whether somebody looks at a terminal"},
	{"golang.org/x/tools", "internal/tidy", "the determinism analyzer"},
	{"gonum.org/v1/plot", "internal/plot", "the figures of the documentation"},
	{"google.golang.org/grpc", "serve, cmd", "the transport of etcd's protocol"},
	{"google.golang.org/protobuf", "serve/etcd, serve/h2, cmd/protoc-gen-parley", "the encoding of etcd's protocol, and of all gRPC; how protoc asks its plugins"},
	{"pgregory.net/rapid", "kernel/wire/wiretest", "drawing messages that shrink when a test fails"},
}

type library struct {
	path string
	by   string // layers, separated by commas
	why  string
}
