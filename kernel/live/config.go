package live

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"slices"
	"time"

	"github.com/parleysystems/parley/kernel/disk"
)

// Config says what a host is called, where it keeps its data and whom it can
// talk to. Only Name and one of Dir and Disk are needed; a host without Listen
// can call others and be answered, but not be called first.
type Config struct {
	// Name is the host part of the addresses of everything that is served here:
	// letters, digits, '-', '_' and '.', at most 255 of them.
	Name string
	// Cluster must be equal on all hosts that talk to each other; a connection
	// from another cluster is refused. Empty is a name too.
	Cluster string

	// Dir is the directory of the host's data (see the package comment for its
	// layout). It is made if need be, and locked: a second host on it does not
	// open.
	Dir string
	// Disk stands in for Dir if it is set: nothing is locked then.
	Disk disk.FS

	// Listen is the TCP address on which other hosts reach this one.
	Listen string
	// Listener stands in for Listen if it is set. The host closes it.
	Listener net.Listener
	// Peers maps the names of other hosts to their TCP addresses. Messages to
	// a host that is neither here nor connected as a guest are dropped.
	Peers map[string]string
	// Credentials prove who this host is and tell whom to believe. They may be
	// nil only while Listen and all peers are loopback addresses.
	Credentials *Credentials

	// Logger receives what an operator should know, and the notes of nodes at
	// level debug. Nil discards.
	Logger *slog.Logger

	// Tracer is told what happens here. Nil costs nothing.
	Tracer *Tracer

	// Bounds of queues, sizes and times; zero fields mean DefaultBounds.
	Bounds Bounds
}

// Bounds limits everything that could grow. Each comment says what happens at
// the limit.
type Bounds struct {
	// MailboxPosts is the number of functions that may wait for one service's
	// loop: Do blocks beyond it, TryDo returns ErrBusy.
	MailboxPosts int
	// MailboxMessages and MailboxBytes (encoded size; messages between services
	// of one host count no bytes) bound the messages that wait for one
	// service's loop: beyond either, arriving messages are dropped and counted.
	MailboxMessages int
	MailboxBytes    int

	// PeerMessages and PeerBytes bound what waits to be written to one peer:
	// beyond either, the newest message is dropped and counted.
	PeerMessages int
	PeerBytes    int
	// Frame is the largest encoded message in bytes, addresses included. A
	// larger one is dropped by its sender; a peer that sends one is cut off.
	Frame int
	// Guests is the number of connected hosts that are not in Peers; others are
	// refused.
	Guests int

	// Batch is the number of log bytes from which on a batch takes in no
	// further records: short batches keep the time of one fdatasync short.
	Batch int
	// Syncs is the number of batches that may be on their way to the disk; those
	// beyond the first set off only when there is enough for them to carry.
	Syncs int
	// Unsynced is the number of log bytes, and Held the number of outputs of
	// one service, that may wait for the disk: beyond either the loop pauses.
	Unsynced int
	Held     int

	// Workers is the number of goroutines for Env.Job, Jobs the number of jobs
	// (and of file syncs) that may wait for one: beyond it the loop blocks.
	Workers int
	Jobs    int

	// Dial bounds a connection attempt with its handshake, Ping is the time
	// between two signs of life, and Silence how long a peer may give none
	// before its connection is closed. One that lives but takes nothing has ten
	// times as long.
	Dial    time.Duration
	Ping    time.Duration
	Silence time.Duration
	// BackoffMin and BackoffMax are the pauses after the first and after many
	// failed connection attempts, before jitter.
	BackoffMin time.Duration
	BackoffMax time.Duration
}

// DefaultBounds fit a host with some gigabytes of memory on a local network.
func DefaultBounds() Bounds {
	return Bounds{
		MailboxPosts: 16 << 10, MailboxMessages: 16 << 10, MailboxBytes: 64 << 20,
		PeerMessages: 16 << 10, PeerBytes: 64 << 20, Frame: 64 << 20, Guests: 1 << 10,
		Batch: 256 << 10, Syncs: 2, Unsynced: 64 << 20, Held: 64 << 10,
		Workers: 2, Jobs: 1 << 10,
		Dial: 2 * time.Second, Ping: time.Second, Silence: 5 * time.Second,
		BackoffMin: 10 * time.Millisecond, BackoffMax: time.Second,
	}
}

func orDefault[T comparable](value *T, standard T) {
	var zero T
	if *value == zero {
		*value = standard
	}
}

func (b Bounds) withDefaults() Bounds {
	d := DefaultBounds()
	orDefault(&b.MailboxPosts, d.MailboxPosts)
	orDefault(&b.MailboxMessages, d.MailboxMessages)
	orDefault(&b.MailboxBytes, d.MailboxBytes)
	orDefault(&b.PeerMessages, d.PeerMessages)
	orDefault(&b.PeerBytes, d.PeerBytes)
	orDefault(&b.Frame, d.Frame)
	orDefault(&b.Guests, d.Guests)
	orDefault(&b.Batch, d.Batch)
	orDefault(&b.Syncs, d.Syncs)
	orDefault(&b.Unsynced, d.Unsynced)
	orDefault(&b.Held, d.Held)
	orDefault(&b.Workers, d.Workers)
	orDefault(&b.Jobs, d.Jobs)
	orDefault(&b.Dial, d.Dial)
	orDefault(&b.Ping, d.Ping)
	orDefault(&b.Silence, d.Silence)
	orDefault(&b.BackoffMin, d.BackoffMin)
	orDefault(&b.BackoffMax, d.BackoffMax)
	return b
}

// check refuses a configuration that could not work or would not be safe.
func (c *Config) check() error {
	if err := checkName("host", c.Name); err != nil {
		return err
	}
	if c.Dir == "" && c.Disk == nil {
		return errors.New("neither Dir nor Disk is set")
	}
	if len(c.Cluster) > maxName {
		return fmt.Errorf("cluster name of %d bytes exceeds %d", len(c.Cluster), maxName)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Peers)) {
		if err := c.checkPeer(name, c.Peers[name]); err != nil {
			return err
		}
	}
	if c.Credentials != nil {
		return c.Credentials.check(c.Name)
	}
	if c.Listen != "" && c.Listener == nil && !loopback(c.Listen) {
		return fmt.Errorf("listen on %s: %w", c.Listen, ErrNeedCredentials)
	}
	if c.Listener != nil && !loopback(c.Listener.Addr().String()) {
		return fmt.Errorf("listen on %s: %w", c.Listener.Addr(), ErrNeedCredentials)
	}
	return nil
}

func (c *Config) checkPeer(name, address string) error {
	if err := checkName("peer", name); err != nil {
		return err
	}
	if name == c.Name {
		return fmt.Errorf("peer %s has the name of this host", name)
	}
	if _, _, err := net.SplitHostPort(address); err != nil {
		return fmt.Errorf("peer %s: %w", name, err)
	}
	if c.Credentials == nil && !loopback(address) {
		return fmt.Errorf("peer %s at %s: %w", name, address, ErrNeedCredentials)
	}
	return nil
}

const maxName = 255

// checkName keeps names printable, free of the separators of node.Addr, and fit
// to be a part of a file name and of a certificate.
func checkName(what, name string) error {
	if name == "" || len(name) > maxName || name[0] == '.' {
		return fmt.Errorf("%s name %.40q: need 1 to %d characters, the first not a dot", what, name, maxName)
	}
	for i := range len(name) {
		c := name[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && c != '-' && c != '_' && c != '.' {
			return fmt.Errorf("%s name %q: character %q is none of letters, digits, '-', '_', '.'", what, name, c)
		}
	}
	return nil
}

// loopback tells whether nobody but this machine can be meant by address. A
// name other than localhost may resolve to anything, so it does not count.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
