// Package checkpoint records the state of a live system while it goes on, keeps it in a
// file, and reads it back for a system that begins again from there.
//
// The system is a group of processes, one a host, each behind a layer that takes
// snapshots by the algorithm of Chandy and Lamport (systems/order/snapshot):
//
//	err := host.Serve("till", func() node.Node { return snapshot.New(cfg, process) })
//	...
//	g, err := checkpoint.Take(ctx, host, "till")       // from any of the hosts, or several at once
//	err = checkpoint.Write("tills.checkpoint", g)
//
// and after all hosts were lost, on each of them:
//
//	g, err := checkpoint.Read("tills.checkpoint")
//	cfg.Epoch = g.Epoch + 1
//	err = host.Serve("till", func() node.Node { return snapshot.Resume(cfg, process, g.Parts[place]) })
//
// # The file
//
//	0        8         12      ...
//	| magic  | CRC-32C | state |      state: the snapshot.Global, by kernel/wire
//
// "PARLEYCP", the checksum of what follows it (big endian), and the rest of the file. A
// file is written beside its name and then takes it, so a crash leaves the earlier one or
// the new one.
//
// # Bounds
//
// What snapshot.Config bounds (Bytes of a part, Patience, snapshots Open); a file has the
// parts of all processes in one value of kernel/wire, at most wire.MaxSize bytes.
package checkpoint
