package node

// Inspector is implemented by nodes, and by parts of nodes, that show their
// state to people who look at a run: in the paper's words, and without what is
// of no interest to them. The value is plain data, is rendered at once and not
// kept. Nobody has to implement it: of other nodes the fields are shown.
type Inspector interface {
	Inspect() any
}
