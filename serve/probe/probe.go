package probe

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/parleysystems/parley/serve/client"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/stores/kv"
)

// Key is what the probe puts and reads.
const Key = "parley/probe"

// Config says whom to watch. Client is needed; its Timeout is Config.Timeout.
type Config struct {
	Client client.Config
	// Every is the time between attempts, of which each is a put and a get.
	// Default 200 ms.
	Every time.Duration
	// Timeout is when an attempt is given up. Default 3 s.
	Timeout time.Duration
	// Linger is how long the probe goes on after the latest Attend. Default 10 s.
	Linger time.Duration
	// Keep is the number of samples kept. Default 6,000: ten minutes.
	Keep   int
	Logger *slog.Logger // nil discards
}

// Probe is a client that works while somebody attends. Its methods may be
// called from any goroutine.
type Probe struct {
	config Config
	log    log

	mu      sync.Mutex
	until   time.Time // when it stops
	running bool
	closed  bool
	stop    chan struct{}
	ended   sync.WaitGroup
}

// New returns a probe that does nothing yet.
func New(c Config) *Probe {
	orDefault(&c.Every, 200*time.Millisecond)
	orDefault(&c.Timeout, 3*time.Second)
	orDefault(&c.Linger, 10*time.Second)
	if c.Keep == 0 {
		c.Keep = 6000
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	c.Client.Timeout = c.Timeout
	return &Probe{config: c, log: log{keep: c.Keep, begun: map[uint64]time.Time{}}, stop: make(chan struct{})}
}

func orDefault(d *time.Duration, standard time.Duration) {
	if *d == 0 {
		*d = standard
	}
}

// Attend starts the probe, or keeps it going, for Config.Linger.
func (p *Probe) Attend() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return errors.New("probe: closed")
	}
	p.until = time.Now().Add(p.config.Linger)
	if p.running {
		return nil
	}
	c, err := client.Open(p.config.Client)
	if err != nil {
		return err
	}
	p.running = true
	p.ended.Go(func() { p.run(c) })
	return nil
}

// Rest stops the probe as soon as may be; Attend starts it again.
func (p *Probe) Rest() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.until = time.Time{}
}

// Close stops the probe for good and waits until it has.
func (p *Probe) Close() {
	p.mu.Lock()
	if !p.closed {
		p.closed = true
		close(p.stop)
	}
	p.mu.Unlock()
	p.ended.Wait()
}

// State is what the probe has seen.
type State struct {
	Running bool          `json:"running"`
	Every   time.Duration `json:"every"` // in nanoseconds, as all durations
	// Waiting is how long the oldest attempt has been without an outcome.
	Waiting time.Duration `json:"waiting"`
	Last    uint64        `json:"last"` // number of the newest sample
	Samples []Sample      `json:"samples"`
}

// State returns the samples with numbers above the given one that are kept.
func (p *Probe) State(after uint64) State {
	p.mu.Lock()
	s := State{Running: p.running, Every: p.config.Every}
	p.mu.Unlock()
	var oldest time.Time
	s.Samples, s.Last, oldest = p.log.after(after)
	if !oldest.IsZero() {
		s.Waiting = time.Since(oldest)
	}
	return s
}

// run makes attempts until nobody attends any more.
func (p *Probe) run(c *client.Client) {
	ticker := time.NewTicker(p.config.Every)
	defer ticker.Stop()
	for n := uint64(1); p.attended(); n++ {
		p.put(c, n)
		p.get(c)
		select {
		case <-ticker.C:
		case <-p.stop:
		}
	}
	p.sweep(c)
	if err := c.Close(); err != nil {
		p.config.Logger.Warn("the probe's client did not close well", "error", err)
	}
}

// attended tells whether to go on; if not, the next Attend starts anew.
func (p *Probe) attended() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running = !p.closed && time.Now().Before(p.until)
	return p.running
}

func (p *Probe) put(c *client.Client, n uint64) {
	end := p.log.begin("put")
	put := &kv.Put{Key: []byte(Key), Value: strconv.AppendUint(nil, n, 10)}
	c.Start(&kv.Command{Put: put}, func(_ *kv.Result, err error) {
		var refusal kv.Refusal
		switch {
		case err == nil:
			end(OK, nil)
		case rsm.SurelyNot(err), errors.As(err, &refusal):
			end(Failed, err)
		default:
			end(Unknown, err)
		}
	})
}

func (p *Probe) get(c *client.Client) {
	end := p.log.begin("get")
	c.StartRange(rsm.Linearizable, &kv.Range{Key: []byte(Key)}, func(_ *kv.RangeResult, err error) {
		if err != nil {
			end(Failed, err)
			return
		}
		end(OK, nil)
	})
}

// sweep leaves the store without the key, if it can be done soon. A put that
// has no outcome yet may bring it back: one key more is no harm.
func (p *Probe) sweep(c *client.Client) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if _, err := c.Delete(ctx, []byte(Key), nil); err != nil {
		p.config.Logger.Info("the probe's key stays behind", "key", Key, "error", err)
	}
}
