// Package primarybackup is primary-backup replication with a view server, as an
// engine of package rsm: one server orders operations, another holds them too, and
// a third party says which is which.
//
// After the lecture notes of the course that this project accompanies, whose
// scheme is that of the MIT 6.824 laboratories of 2012 to 2015 (cited as notes);
// the idea goes back to P. Alsberg and J. Day, "A principle for resilient sharing
// of distributed resources" (1976).
//
// # Faults
//
// Servers crash and come back; messages are lost, delayed, duplicated and
// reordered; the network splits. No lie is told. The service survives the loss of
// the primary or of the backup, one at a time with time for a transfer between.
//
// The view server is assumed not to fail. It writes what it decides to its log, so
// a crash of its host is an absence; while it is away the present view goes on, but
// no failure is handled. There is one, not a group: that is the limit of the scheme
// (see rsm.problem.primary-backup-limits in the canon), and the reason for the
// engines that agree among themselves.
//
// # Guarantee
//
// What a client was answered is known to every later primary, and histories of
// operations are linearizable, whoever is wrongly taken for dead. No clock is
// needed for that.
//
// # Where to read
//
//	view.go                      views
//	viewserver.go succession.go  the view server: who is alive, who comes next
//	ping.go                      a server's talk with it
//	server.go roles.go           the engine, and what a view makes of a server
//	primary.go backup.go         operations: log, forward, acknowledge, execute
//	read.go                      reads
//
// # Messages
//
//	message   from     to           why
//	Ping      server   view server  it lives; which view it is in and has acknowledged
//	ViewIs    view s.  servers      the present view
//	Rejected  server   server       an Update of another view, or from who is not its primary
//
// Operations and state travel in messages of packages relay and pull, reads in
// those of package rounds, requests in those of package rsm.
//
// # Invariants
//
//	I1  The view server numbers views consecutively, and each is durable before
//	    anybody hears of it.
//	I2  The primary of a view was primary or backup in the view before, but for the
//	    first.
//	I3  The view server leaves a view's primary in place until that has acknowledged
//	    the view, which it does only when its backup has everything that anybody was
//	    ever answered.
//	I4  In a view that is acknowledged and has a backup, nothing is answered that the
//	    backup does not hold durably, reads included: the backup vouches that its
//	    view is still that of the primary.
//	I5  A server takes operations only from the primary of its own present view,
//	    with that view's number.
//	I6  Servers that have lost their state say so (view 0), and never become
//	    primary of any view but the first.
//
// # Departures from the notes
//
// Servers keep their log on disk, so that a server that restarts has what it
// acknowledged and need not be replaced; who comes back without it pings with view
// 0, as in the notes. Reads take no place in the log. The primary goes on alone
// while it brings a new backup up to date (package relay says how that ends). A
// backup that dies before it has the state is replaced without waiting: the primary
// stays, so I3 holds. Idle servers are sent what is executed, so that every server
// can answer for its clients' doors and is soon a backup; Config.IdleSpares leaves
// them idle. A leadership (rsm.Engine.Leader) lasts as long as the primary: it has
// the number of that one's first view.
//
// # Not here
//
// More than one backup (that is a chain: package chain); a change of servers other
// than by starting one; the choice of who becomes primary, so no Transfer.
package primarybackup
