package ntp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/parleysystems/parley/systems/order/physical/ntp"
)

// Apart is the time between two questions of a Query: servers take faster ones
// amiss.
const Apart = 2 * time.Second

// Query asks a server, host or host:port, as often as samples says, and returns the
// answer with the shortest round trip, whose offset is to this machine's clock. ctx
// bounds how long it waits for answers; it returns the best of those that came.
func Query(ctx context.Context, server string, samples int) (best ntp.Reading, err error) {
	conn, err := dial(server)
	if err != nil {
		return best, fmt.Errorf("ntp query: %w", err)
	}
	defer func() { _ = conn.Close() }()                                   // nothing is lost with it
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(past) })() // wakes who waits for an answer
	got := 0
	for i := range samples {
		if i > 0 && !pause(ctx, Apart) {
			break
		}
		r, askErr := ask(conn)
		if askErr != nil {
			err = fmt.Errorf("ntp query %s: %w", server, because(ctx, askErr))
			break
		}
		if got++; got == 1 || r.Delay < best.Delay {
			best = r
		}
	}
	if got > 0 {
		return best, nil
	}
	return best, err
}

var past = time.Unix(1, 0)

// because names the end of ctx as the reason for what it brought about.
func because(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("no answer: %w", context.Cause(ctx))
	}
	return err
}

func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// ask asks once, and passes over what is no answer.
func ask(conn *net.UDPConn) (ntp.Reading, error) {
	probe, question := ntp.Ask(time.Now(), unpredictable())
	if _, err := conn.Write(question); err != nil {
		return ntp.Reading{}, err
	}
	b := make([]byte, ntp.MaxSize+1)
	for {
		n, err := conn.Read(b)
		now := time.Now()
		if err != nil {
			return ntp.Reading{}, err
		}
		r, err := probe.Answer(now, b[:n])
		if err == nil || errors.Is(err, ntp.ErrKiss) || errors.Is(err, ntp.ErrUnsynchronized) {
			return r, err
		}
	}
}
