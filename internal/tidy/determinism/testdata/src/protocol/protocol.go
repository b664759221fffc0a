package protocol

import (
	"math/rand/v2"
	"net"         // want `does not import net: env.Send`
	"net/http"    // want `does not import net/http`
	"os"          // want `does not import os: env.Disk`
	"sync"        // want `does not import sync: a node has one loop`
	"sync/atomic" // want `does not import sync/atomic`
	"time"
	"unsafe"

	crypto "crypto/rand" // want `does not import crypto/rand`
)

var (
	_ net.Addr
	_ http.Handler
	_ = os.Args
	_ sync.Mutex
	_ atomic.Bool
	_ unsafe.Pointer // want `does not look at addresses`
	_ = unsafe.String(nil, 0)
	_ = crypto.Reader
)

func concurrency() {
	go concurrency()    // want `starts no goroutine`
	c := make(chan int) // want `has no channel`
	c <- 1              // want `has no channel`
	<-c                 // want `has no channel`
	for range c {       // want `has no channel`
	}
	select {} // want `does not select`
}

func clock(at time.Time) time.Duration {
	_ = time.Now()            // want `does not call time.Now`
	read := time.Now          // want `does not call time.Now`
	time.Sleep(time.Second)   // want `does not call time.Sleep`
	_ = time.NewTimer(1)      // want `does not call time.NewTimer`
	<-time.After(1)           // want `does not call time.After` `has no channel`
	_ = at.After(at)          // a method of a value: no clock is read
	_ = time.Unix(1, 0)       // arithmetic
	return time.Since(read()) // want `does not call time.Since`
}

func randomness(own *rand.Rand) int {
	rand.Shuffle(1, nil)                               // want `global source`
	seeded := rand.New(rand.NewPCG(1, 2))              // keyed by the caller
	return own.IntN(3) + seeded.IntN(3) + rand.IntN(3) // want `global source`
}

var (
	count    int
	registry = map[string]int{}
	state    struct{ field []int }
	pointer  *int
)

func init() {
	count = 1
	registry["built in"] = 1
}

func globals() {
	count++                   // want `package variable count`
	count = 2                 // want `package variable count`
	registry["late"] = 1      // want `package variable registry`
	state.field[3] = 1        // want `package variable state`
	*pointer = 1              // want `package variable pointer`
	net.DefaultResolver = nil // want `package variable DefaultResolver`
	count := 0                // a variable of the function
	count++
	_ = count
}
