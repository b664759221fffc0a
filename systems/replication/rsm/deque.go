package rsm

// deque is a queue with an index. Pushing and dropping cost O(1) on average,
// and allocate nothing once the queue has had its greatest length.
type deque[T any] struct {
	room []T // what is before head is zero
	head int
}

func (d *deque[T]) len() int { return len(d.room) - d.head }

func (d *deque[T]) at(i int) *T { return &d.room[d.head+i] }

func (d *deque[T]) push(x T) { d.room = append(d.room, x) }

// drop removes the first n.
func (d *deque[T]) drop(n int) {
	clear(d.room[d.head : d.head+n])
	if d.head += n; 2*d.head >= len(d.room) {
		k := copy(d.room, d.room[d.head:])
		clear(d.room[k:])
		d.room, d.head = d.room[:k], 0
	}
}

// all returns the elements. It is valid until the next push or drop.
func (d *deque[T]) all() []T { return d.room[d.head:] }
