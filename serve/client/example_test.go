package client_test

import (
	"context"
	"fmt"
	"log"
	"sync"
	"time"

	"github.com/parleysystems/parley/serve/client"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/stores/kv"
)

// Against the hosts of `parley up`: a hundred writes that travel together, and
// a read that sees them.
func Example() {
	c, err := client.Open(client.Config{
		Cluster: "up",
		Hosts:   map[string]string{"a": "127.0.0.1:2380", "b": "127.0.0.1:22380", "c": "127.0.0.1:32380"},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	var written sync.WaitGroup
	for i := range 100 {
		written.Add(1)
		put := &kv.Put{Key: fmt.Appendf(nil, "item/%02d", i), Value: []byte("new")}
		c.Start(&kv.Command{Put: put}, func(_ *kv.Result, err error) {
			if err != nil {
				log.Print(err, "; surely not written: ", rsm.SurelyNot(err))
			}
			written.Done()
		})
	}
	written.Wait()

	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	r, err := c.Range(ctx, rsm.Lease, &kv.Range{Key: []byte("item/"), RangeEnd: []byte("item0"), Limit: 3})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(r.Count, "items as of revision", r.Revision)
}
