package mapreduce

import (
	"io"
	"sort"
)

// chunks is a region in memory, as it came: nobody changes what a message holds, so it is
// kept and not copied.
type chunks struct {
	parts [][]byte
	ends  []int64 // of each, from the beginning of the region
}

func (c *chunks) len() int64 {
	if len(c.ends) == 0 {
		return 0
	}
	return c.ends[len(c.ends)-1]
}

func (c *chunks) add(part []byte) {
	if len(part) > 0 {
		c.parts, c.ends = append(c.parts, part), append(c.ends, c.len()+int64(len(part)))
	}
}

// ReadAt implements io.ReaderAt.
func (c *chunks) ReadAt(p []byte, at int64) (n int, err error) {
	i := sort.Search(len(c.ends), func(i int) bool { return c.ends[i] > at })
	for ; n < len(p) && i < len(c.parts); i++ {
		begin := c.ends[i] - int64(len(c.parts[i]))
		n += copy(p[n:], c.parts[i][at+int64(n)-begin:])
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}
