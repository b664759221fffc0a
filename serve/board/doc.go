// Package board is a bulletin board that stands on several replicas: whoever reads a
// reply, on any of them, can read what it replies to.
//
//	b, err := board.Open(board.Options{
//		Name: "a", Dir: "data/a", Replicas: []board.Replica{{"a", "127.0.0.1:7601"}, {"b", "127.0.0.1:7602"}},
//	})
//	http.Serve(listener, b.Handler())
//
// Each replica is a member of a causal multicast (systems/order/multicast) on a live host.
// A post is taken at once by the replica that it was written at, whether or not the
// others can be reached, and delivered by them when all is there that its replica had
// delivered before: replies after posts, and a writer's posts in their order. Posts that
// know nothing of each other may stand in different orders on different replicas.
//
//	browser ──HTTP──► page ──Submit──► multicast.Member ══Post══► the other replicas'
//	        ◄─────────────── notices ◄──Deliver──┘  └─ log (kernel/wal)
//
// # Guarantees
//
// I1. What a browser was told is posted is on the disk of its replica, and reaches every
// replica that comes back, after any partition: what was not confirmed is sent again. Two
// replicas that do not reach each other, and a third that reaches both, are no partition: it
// passes on what one of them lacks, after a second.
//
// I2. No replica shows a reply without its post. The page refuses a reply to what its
// replica has not delivered.
//
// I3. What was written is text: no part of a post is taken for HTML, wherever it came from.
//
// I4. Nothing is posted in a reader's name by another site: a change needs the form's
// token, the browser's word that it comes from this site, and a Host that names this one.
//
// # Bounds
//
// A post has 1 to MaxText bytes of text and up to MaxAuthor of a name. A replica shows
// the latest MaxPosts; what is older is forgotten, and a reply to it is refused. While
// a replica is away the others keep what it lacks, and refuse new posts when that is
// MaxWaiting posts: nothing is dropped. It keeps MaxPassed posts of others to pass on; those
// beyond wait for their own replica.
//
// # Not here
//
// Who writes what name is not verified. The list of replicas is fixed. A replica whose
// disk is lost for good takes with it the posts that no other had yet; it must not come
// back under its old name with an empty disk.
package board
