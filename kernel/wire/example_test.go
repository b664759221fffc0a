package wire_test

import (
	"errors"
	"fmt"

	"github.com/parleysystems/parley/kernel/wire"
)

// Heartbeat is a message as a protocol declares it.
type Heartbeat struct {
	Term   Term     `wire:"1"`
	Leader string   `wire:"2"`
	Acks   []uint64 `wire:"4"`
	_      bool     `wire:"3"` // reserved: what version 1 called Busy
}

var _ = wire.Register[Heartbeat]("example.Heartbeat")

func Example() {
	b, err := wire.Marshal(&Heartbeat{Term: 300, Leader: "a", Acks: []uint64{7, 8}})
	fmt.Printf("%x %v\n", b, err)

	m, err := wire.Unmarshal(b)
	fmt.Printf("%+v %v\n", m, err)

	b[4] = 0x0a // as if Term were a string
	_, err = wire.Unmarshal(b)
	fmt.Println(err)
	fmt.Println(errors.Is(err, wire.ErrMalformed))
	// Output:
	// dc80938f08ac0212016122020708 <nil>
	// &{Term:300 Leader:a Acks:[7 8] _:false} <nil>
	// wire: decode example.Heartbeat.Term at byte 5: malformed message: wire type 2 where 0 belongs
	// true
}

// An older program reads what it knows of a newer message.
func ExampleUnmarshalBody() {
	type version1 struct {
		Key string `wire:"1"`
	}
	type version2 struct {
		Key   string `wire:"1"`
		Lease int64  `wire:"2"`
	}
	b, _ := wire.AppendBody(nil, &version2{Key: "k", Lease: 60})
	var old version1
	err := wire.UnmarshalBody(b, &old)
	fmt.Printf("%+v %v\n", old, err)
	// Output: {Key:k} <nil>
}
