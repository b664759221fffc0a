package ntp_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/parleysystems/parley/systems/order/physical/ntp"
)

func server() *ntp.Daemon {
	return ntp.NewDaemon(ntp.Config{Reference: "GPS", Interval: 2 * time.Second}, 0, birth)
}

func request() []byte {
	p := ntp.Packet{Version: 4, Mode: ntp.Client, Transmit: 0x1234}
	return p.Append(nil)
}

// TestTheAnswerSaysWhenTheRequestCameAndWent: section 8.
func TestTheAnswerSaysWhenTheRequestCameAndWent(t *testing.T) {
	b, err := server().Respond(time.Second, 2*time.Second, "client", request())
	if err != nil {
		t.Fatal(err)
	}
	p, err := ntp.Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	if p.Mode != ntp.Server || p.Version != 4 || p.Stratum != 1 || p.Origin != 0x1234 ||
		p.Receive != ntp.TimestampOf(birth.Add(time.Second)) || p.Transmit != ntp.TimestampOf(birth.Add(2*time.Second)) {
		t.Errorf("the answer is %+v", p)
	}
}

// TestWhoAsksTooOftenIsKissedOnce: eight at once, a kiss, silence; others are served
// all the while, and so is the first again when it waits.
func TestWhoAsksTooOftenIsKissedOnce(t *testing.T) {
	d := server()
	ask := func(client string, at time.Duration) string {
		b, err := d.Respond(at, at, client, request())
		if err != nil {
			return "silence"
		}
		if p, err := ntp.Decode(b); err == nil && p.Stratum == 0 && p.Leap == ntp.Unsynchronized {
			return p.ReferenceID.String()
		}
		return "time"
	}
	for i := range 12 {
		want := "time"
		if i == 8 {
			want = "RATE"
		} else if i > 8 {
			want = "silence"
		}
		if got := ask("greedy", 0); got != want {
			t.Errorf("request %d: %s, want %s", i, got, want)
		}
	}
	if got := ask("polite", 0); got != "time" {
		t.Errorf("another client: %s", got)
	}
	if got := ask("greedy", 2*time.Second); got != "time" {
		t.Errorf("after an interval: %s", got)
	}
}

// TestTheOldestClientsAreForgotten: whoever forges senders does not fill the memory.
// It shows in that a client beyond its limit is served again.
func TestTheOldestClientsAreForgotten(t *testing.T) {
	d := server()
	ask := func(client string) error {
		_, err := d.Respond(0, 0, client, request())
		return err
	}
	for ask("greedy") == nil {
	}
	for i := range 4096 {
		if err := ask(fmt.Sprint(i)); err != nil {
			t.Fatalf("client %d: %v", i, err)
		}
	}
	if err := ask("greedy"); err != nil {
		t.Errorf("4096 clients later: %v", err)
	}
}

// FuzzRespond: an answer is a header, never longer than what was asked, and only
// requests have one.
func FuzzRespond(f *testing.F) {
	f.Add(request())
	f.Add(append(request(), make([]byte, 20)...))
	f.Add(bytesOf(f, layout))
	f.Fuzz(func(t *testing.T, b []byte) {
		answer, err := server().Respond(time.Second, time.Second, "client", b)
		if err != nil {
			return
		}
		p, bad := ntp.Decode(answer)
		if bad != nil || len(answer) > len(b) || p.Mode != ntp.Server {
			t.Errorf("% x\nwas answered by\n% x: %v", b, answer, bad)
		}
	})
}
