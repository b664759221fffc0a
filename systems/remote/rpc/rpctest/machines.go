package rpctest

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"github.com/parleysystems/parley/kernel/sim"
	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/remote/rpc"
)

// Record has a field of each kind that an interface can have, and their order in
// memory makes holes of all sizes.
type Record struct {
	Flag   bool    `wire:"1"`
	Small  int16   `wire:"2"`
	Tiny   uint8   `wire:"3"`
	Whole  int32   `wire:"4"`
	Odd    bool    `wire:"5"`
	Large  int64   `wire:"6"`
	Single float32 `wire:"7"`
	Double float64 `wire:"8"`
	Text   string  `wire:"9"`
	Inner  *Record `wire:"10"`
}

// machine is a kind of computer: its byte order, and the alignment that its
// compilers give to fields. raw machines send their memory as it is.
type machine struct {
	name  string
	order binary.ByteOrder
	align int // no field is aligned to more
	raw   bool
}

// memory is a record as it lies on a machine; strings and inner records are
// found by their place in lists, as pointers would find them.
type memory struct {
	bytes []byte
	texts []string
	inner []*memory
}

// place returns where a field of a size begins if the last one ended at an offset.
func (m machine) place(end, size int) int {
	a := min(size, m.align)
	return (end + a - 1) / a * a
}

// sizes are those of Record's fields; strings and inner records are pointers of
// four bytes.
var sizes = []int{1, 2, 1, 4, 1, 8, 4, 8, 4, 4}

// words returns the fields of a record as numbers.
func words(r *Record) []uint64 {
	flag := func(b bool) uint64 {
		if b {
			return 1
		}
		return 0
	}
	return []uint64{
		flag(r.Flag), uint64(uint16(r.Small)), uint64(r.Tiny), uint64(uint32(r.Whole)), flag(r.Odd), uint64(r.Large),
		uint64(math.Float32bits(r.Single)), math.Float64bits(r.Double), 0, 0,
	}
}

// load puts a record into a machine's memory.
func (m machine) load(r *Record) *memory {
	mem := &memory{texts: []string{r.Text}}
	if r.Inner != nil {
		mem.inner = []*memory{m.load(r.Inner)}
	}
	for i, v := range words(r) {
		at := m.place(len(mem.bytes), sizes[i])
		mem.bytes = append(mem.bytes, make([]byte, at-len(mem.bytes)+sizes[i])...)
		m.put(mem.bytes[at:at+sizes[i]], v)
	}
	return mem
}

func (m machine) put(b []byte, v uint64) {
	switch len(b) {
	case 1:
		b[0] = byte(v)
	case 2:
		m.order.PutUint16(b, uint16(v))
	case 4:
		m.order.PutUint32(b, uint32(v))
	case 8:
		m.order.PutUint64(b, v)
	}
}

func (m machine) get(b []byte) uint64 {
	switch len(b) {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(m.order.Uint16(b))
	case 4:
		return uint64(m.order.Uint32(b))
	}
	return m.order.Uint64(b)
}

// fetch reads a record out of a machine's memory.
func (m machine) fetch(mem *memory) *Record {
	v, end := make([]uint64, len(sizes)), 0
	for i, size := range sizes {
		at := m.place(end, size)
		end = at + size
		if end <= len(mem.bytes) { // else the memory is another machine's, and shorter
			v[i] = m.get(mem.bytes[at:end])
		}
	}
	r := &Record{
		Flag: v[0] == 1, Small: int16(v[1]), Tiny: uint8(v[2]), Whole: int32(v[3]), Odd: v[4] == 1, Large: int64(v[5]),
		Single: math.Float32frombits(uint32(v[6])), Double: math.Float64frombits(v[7]), Text: mem.texts[0],
	}
	if len(mem.inner) > 0 {
		r.Inner = m.fetch(mem.inner[0])
	}
	return r
}

// cross carries a record from one machine to another, as a stub does: out of the
// memory of one, through bytes that belong to neither, into that of the other.
func cross(from, to machine, r *Record, carry func(*Record) (*Record, error)) (*Record, error) {
	mem := from.load(r)
	//parley:rule rpc.idl.machine-independent-data force=true
	if from.raw {
		return to.fetch(mem), nil
	}
	carried, err := carry(from.fetch(mem))
	if err != nil {
		return nil, err
	}
	return to.fetch(to.load(carried)), nil
}

var machines = []machine{
	{"big-endian, aligned to 8", binary.BigEndian, 8, false},
	{"little-endian, aligned to 8", binary.LittleEndian, 8, false},
	{"little-endian, aligned to 4", binary.LittleEndian, 4, false},
	{"little-endian, packed", binary.LittleEndian, 1, false},
}

// Machines carries records between machines of all kinds.
var Machines = script{
	name: "machines", hosts: "2", drawn: true, enough: 30, sometimes: []string{"negative", "nested", "not a number"},
	text: `Do machines of different kinds mean the same by a value? Records with a field of every kind, with drawn values,
negative ones, infinities and nested records among them, lie in the memory of a machine with one byte order and
alignment, go through the stubs of a call and arrive in the memory of another; all pairs of machines agree on every
value. The same records sent as raw memory arrive with integers swapped, or fields out of place. A few encodings are
known byte by byte, so that both ends cannot be wrong alike.`,
	canon: []string{"rpc.idl.machine-independent-data"},
	play: func(p *play) error {
		if err := known(); err != nil {
			return err
		}
		return p.scene(sim.Config{}, func(s *stage) error {
			s.World.Host(serverHost).Serve("books", func() node.Node {
				srv := rpc.NewServer(rpc.Config{})
				rpc.Handle(srv, "echo", func(r *Record) (*Record, error) { return r, nil })
				return srv
			})
			var err error
			done := false
			s.client(caller{main: func(t node.Task, c *rpc.Client) {
				err, done = p.everyPair(p.record("r", 3), func(r *Record) (*Record, error) {
					return rpc.Call[Record, Record](t, c, serverAddr, "echo", r)
				}), true
			}})
			s.World.Run(time.Minute)
			return first(err, demand(done, "liveness: a call did not end"))
		})
	},
}.register()

// everyPair carries a record between all pairs of machines, and raw once.
func (p *play) everyPair(r *Record, carry func(*Record) (*Record, error)) error {
	for _, from := range machines {
		for _, to := range machines {
			got, err := cross(from, to, r, carry)
			if err != nil {
				return err
			}
			if !equal(r, got) {
				return fmt.Errorf("from a machine that is %s to one that is %s: %v arrives as %v", from.name, to.name, r, got)
			}
		}
	}
	raw := machines[0]
	raw.raw = true
	got, err := cross(raw, machines[1], &Record{Whole: 1}, carry)
	return first(err, demand(got.Whole == 1<<24, "1 sent as raw memory arrives as %d, want it swapped", got.Whole))
}

// equal compares bit by bit, so that what is not a number equals itself.
func equal(a, b *Record) bool {
	if a == nil || b == nil {
		return a == b
	}
	for i, v := range words(a) {
		if words(b)[i] != v {
			return false
		}
	}
	return a.Text == b.Text && equal(a.Inner, b.Inner)
}

// record draws a record, nested at most so deep.
func (p *play) record(name string, depth int) *Record {
	n := func(field string, bits int) int64 {
		v := int64(p.knobs.Int(name+field, 0, 1<<(bits-1)-1))
		if p.knobs.Chance(name+field+" negative", 0.5) {
			p.marks.Sometimes("negative", v > 0)
			return -v
		}
		return v
	}
	r := &Record{
		Flag: n("flag", 2) == 1, Small: int16(n("small", 16)), Tiny: uint8(n("tiny", 8)), Whole: int32(n("whole", 32)),
		Odd: true, Large: n("large", 63), Single: float32(n("single", 40)) / 3, Double: float64(n("double", 60)) / 7,
		Text: sim.Choose(p.knobs, name+"text", "", "x", "žluťoučký kůň", "\x00\xff", string(make([]byte, 300))),
	}
	switch sim.Choose(p.knobs, name+"special", 0, 1, 2) {
	case 1:
		r.Double, r.Single = math.NaN(), float32(math.Inf(-1))
		p.marks.Sometimes("not a number", true)
	case 2:
		r.Double, r.Single = math.Copysign(0, -1), math.SmallestNonzeroFloat32
	}
	if depth > 0 && p.knobs.Chance(name+"nested", 0.6) {
		p.marks.Sometimes("nested", true)
		r.Inner = p.record(name+".", depth-1)
	}
	return r
}

// known compares encodings with bytes that were worked out by hand from the layout
// in kernel/wire.
func known() error {
	for _, c := range []struct {
		r    Record
		want string
	}{
		{Record{}, ""},
		{Record{Whole: -1}, "\x20\x01"},
		{Record{Whole: 300, Double: 1}, "\x20\xd8\x04\x41\x00\x00\x00\x00\x00\x00\xf0\x3f"},
		{Record{Flag: true, Text: "ab", Inner: &Record{}}, "\x08\x01\x4a\x02ab\x52\x00"},
	} {
		got, err := wire.AppendBody(nil, &c.r)
		if err != nil || string(got) != c.want {
			return fmt.Errorf("%+v is encoded as %x, want %x: %w", c.r, got, c.want, err)
		}
	}
	return nil
}
