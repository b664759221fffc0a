package wire_test

import (
	"time"

	"github.com/parleysystems/parley/kernel/wire"
)

type (
	Term   uint64
	Digest [8]byte
	Role   int8
)

// Inner is a struct within structs.
type Inner struct {
	Name  string `wire:"1"`
	Value int32  `wire:"2"`
}

// Shape is what a message of an interface's own kind has in common.
type Shape interface{ Area() int64 }

// Square is a registered message that is a Shape.
type Square struct {
	Side int64 `wire:"1"`
}

func (s *Square) Area() int64 { return s.Side * s.Side }

// Kinds has a field of every kind that has an encoding.
type Kinds struct {
	Bool     bool                `wire:"1"`
	Int      int                 `wire:"2"`
	Int8     int8                `wire:"3"`
	Int16    int16               `wire:"4"`
	Int32    int32               `wire:"5"`
	Int64    int64               `wire:"6"`
	Uint     uint                `wire:"7"`
	Uint8    uint8               `wire:"8"`
	Uint16   uint16              `wire:"9"`
	Uint32   uint32              `wire:"10"`
	Uint64   uint64              `wire:"11"`
	Float32  float32             `wire:"12"`
	Float64  float64             `wire:"13"`
	String   string              `wire:"14"`
	Bytes    []byte              `wire:"15"`
	Digest   Digest              `wire:"16"`
	Duration time.Duration       `wire:"17"`
	Time     time.Time           `wire:"18"`
	Term     Term                `wire:"19"`
	Role     Role                `wire:"20"`
	Inner    Inner               `wire:"21"`
	Pointer  *Inner              `wire:"22"`
	Optional *uint32             `wire:"23"`
	Tree     *Kinds              `wire:"24"`
	Bools    []bool              `wire:"25"`
	Ints     []int64             `wire:"26"`
	Terms    []Term              `wire:"27"`
	Floats   []float64           `wire:"28"`
	Singles  []float32           `wire:"29"`
	Strings  []string            `wire:"30"`
	Blobs    [][]byte            `wire:"31"`
	Digests  []Digest            `wire:"32"`
	Inners   []Inner             `wire:"33"`
	Pointers []*Inner            `wire:"34"`
	Times    []time.Time         `wire:"35"`
	ByName   map[string]Inner    `wire:"36"`
	ByTerm   map[Term]*Inner     `wire:"37"`
	ByDigest map[Digest]int64    `wire:"38"`
	Set      map[int8]struct{}   `wire:"39"`
	Lists    map[string][]uint64 `wire:"40"`
	Any      any                 `wire:"41"`
	Shape    Shape               `wire:"42"`
	Anys     []any               `wire:"43"`
	_        bool                `wire:"44"`
	Local    func()              `wire:"-"`
	Far      uint64              `wire:"1000"`
}

var (
	_ = wire.Register[Kinds]("wire_test.Kinds")
	_ = wire.Register[Inner]("wire_test.Inner")
	_ = wire.Register[Square]("wire_test.Square")
)
