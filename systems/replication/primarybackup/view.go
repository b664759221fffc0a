package primarybackup

import (
	"fmt"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
)

// ViewNumber numbers views: 1, 2, 3 and so on; 0 is for who knows of none.
type ViewNumber uint64

// View says who has which role.
type View struct {
	Number  ViewNumber `wire:"1"`
	Primary node.Addr  `wire:"2"`
	Backup  node.Addr  `wire:"3"` // "" for none
	// Since is the first of the consecutive views with this primary.
	Since ViewNumber `wire:"4"`
}

func (v View) String() string {
	return fmt.Sprintf("%d (primary %q, backup %q)", v.Number, v.Primary, v.Backup)
}

func (v View) encode() []byte {
	b, err := wire.AppendBody(nil, &v)
	if err != nil {
		panic(fmt.Sprintf("primarybackup: %v", err))
	}
	return b
}

func decodeView(b []byte) (v View, err error) {
	if err := wire.UnmarshalBody(b, &v); err != nil {
		return View{}, fmt.Errorf("primarybackup: view: %w", err)
	}
	return v, nil
}

// Ping tells the view server that a server lives.
type Ping struct {
	View  ViewNumber `wire:"1"` // the view that it is in; 0 if it has no state
	Acked ViewNumber `wire:"2"` // as primary: the view whose backup has everything
}

// ViewIs tells servers what the view is.
type ViewIs struct {
	View   View        `wire:"1"`
	Spares []node.Addr `wire:"2"` // the idle servers
}

// Rejected tells who sent an Update that the view is another, as far as the sender
// knows.
type Rejected struct {
	View ViewNumber `wire:"1"`
}

func init() {
	wire.Register[View]("primarybackup.View")
	wire.Register[Ping]("primarybackup.Ping")
	wire.Register[ViewIs]("primarybackup.ViewIs")
	wire.Register[Rejected]("primarybackup.Rejected")
	wire.Register[decision]("primarybackup.decision")
}
