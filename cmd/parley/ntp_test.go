package main

import (
	"context"
	"encoding/json"
	"net"
	"testing"
	"time"

	"github.com/parleysystems/parley/serve/ntp"
)

// anHourAhead runs a time server until the test ends.
func anHourAhead(t *testing.T) string {
	t.Helper()
	s, err := ntp.Listen("127.0.0.1:0", ntp.Options{Ahead: time.Hour, Stratum: 2, Reference: "WRNG"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return s.Addr().String()
}

func TestNTPQuerySaysHowFarAServerIsAhead(t *testing.T) {
	server := anHourAhead(t)
	parley(t, "ntp", "query", server).expect(t, 0, server, "stratum          2, reference 87.82.78.71 (WRNG)", "ahead of this machine's")
	r := parley(t, "ntp", "query", "--json", server)
	var v serverReading
	if err := json.Unmarshal([]byte(r.stdout), &v); err != nil || v.Stratum != 2 || v.Offset < 3599 || v.Offset > 3601 || v.Distance <= 0 {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestNTPSaysWhatIsWrong(t *testing.T) {
	silent, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }() // nothing was sent
	parley(t, "ntp", "query", "--timeout", "100ms", silent.LocalAddr().String()).expect(t, 1, "nobody answered in time")
	parley(t, "ntp", "query").expect(t, 2, "an argument is missing")
	parley(t, "ntp", "query", "--samples", "9", "127.0.0.1").expect(t, 2, "9 samples are not from 1 to 8")
	parley(t, "ntp", "follow", "--every", "0s", "127.0.0.1").expect(t, 2, "--every 0s is no time")
	parley(t, "ntp", "follow", "--min-poll", "18", "127.0.0.1").expect(t, 1, "not within 2 s to 2^17 s")
	parley(t, "ntp", "follow", "127.0.0.1:port").expect(t, 1, "server 127.0.0.1:port")
	parley(t, "ntp", "tell").expect(t, 2, "there is no command")
	parley(t, "serve", "ntp", "--follow", "127.0.0.1", "--max-poll", "3").expect(t, 1, "not within 2 s to 2^17 s")
}
