package ntp_test

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/parleysystems/parley/systems/order/physical/ntp"
)

// probe asks, and returns the question as the server sees it.
func probe(t testing.TB) (*ntp.Probe, ntp.Packet) {
	t.Helper()
	p, b := ntp.Ask(birth, rand.New(rand.NewPCG(3, 4)))
	q, err := ntp.Decode(b)
	if err != nil || q.Mode != ntp.Client || len(b) != ntp.HeaderSize {
		t.Fatalf("the question is % x: %v", b, err)
	}
	return p, q
}

// TestAProbeKnowsHowFarItMayBeOff: 20 ms there and back, of a server that is a second
// ahead, and says that it is within 10 ms and half of 4 ms.
func TestAProbeKnowsHowFarItMayBeOff(t *testing.T) {
	p, q := probe(t)
	a := answerTo(q)
	at := ntp.TimestampOf(birth.Add(time.Second + 10*time.Millisecond))
	a.Stratum, a.ReferenceID, a.Receive, a.Transmit, a.Reference = 2, 0x7f000001, at, at, at
	a.RootDelay, a.RootDispersion = ntp.ShortOf(0.004), ntp.ShortOf(0.010)
	r, err := p.Answer(birth.Add(20*time.Millisecond), a.Append(nil))
	if err != nil {
		t.Fatal(err)
	}
	near := func(name string, got, want time.Duration) {
		if (got - want).Abs() > 50*time.Microsecond {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	near("offset", r.Offset, time.Second)
	near("delay", r.Delay, 20*time.Millisecond)
	near("distance", r.Distance, 22*time.Millisecond)
	if r.Stratum != 2 || r.Reference.At(r.Stratum) != "127.0.0.1" {
		t.Errorf("%+v", r)
	}
	if _, err := p.Answer(birth.Add(21*time.Millisecond), a.Append(nil)); err == nil {
		t.Error("an answer was taken twice")
	}
}

// TestAProbeWaitsForTheAnswerToItsQuestion: strangers do not get in between.
func TestAProbeWaitsForTheAnswerToItsQuestion(t *testing.T) {
	p, q := probe(t)
	guessed := answerTo(q)
	guessed.Origin ^= 1 << 40
	if _, err := p.Answer(birth, guessed.Append(nil)); !errors.Is(err, ntp.ErrBogus) {
		t.Errorf("a guessed origin: %v", err)
	}
	kiss := answerTo(q)
	kiss.Origin++
	kiss.Stratum, kiss.ReferenceID = 0, ntp.RefIDOf("DENY")
	if _, err := p.Answer(birth, kiss.Append(nil)); !errors.Is(err, ntp.ErrBogus) {
		t.Errorf("a forged kiss: %v", err)
	}
	good := answerTo(q)
	if _, err := p.Answer(birth.Add(time.Millisecond), good.Append(nil)); err != nil {
		t.Error(err)
	}
}

// TestWhatIsNoTimeIsSaid: a server that has none, and one that does not want us.
func TestWhatIsNoTimeIsSaid(t *testing.T) {
	for want, spoil := range map[error]func(*ntp.Packet){
		ntp.ErrKiss:           func(a *ntp.Packet) { a.Stratum, a.ReferenceID = 0, ntp.RefIDOf("RATE") },
		ntp.ErrUnsynchronized: func(a *ntp.Packet) { a.Leap = ntp.Unsynchronized },
	} {
		p, q := probe(t)
		a := answerTo(q)
		spoil(&a)
		if _, err := p.Answer(birth.Add(time.Millisecond), a.Append(nil)); !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
	}
}

// TestReferencesPassTheEndOfTheEra: a clock that was set before the seconds began
// again is not from the future (section 9.2, test 6).
func TestReferencesPassTheEndOfTheEra(t *testing.T) {
	p, q := probe(t)
	a := answerTo(q)
	a.Reference, a.Receive, a.Transmit = 1<<64-1, 1<<32, 1<<32
	if _, err := p.Answer(birth.Add(time.Millisecond), a.Append(nil)); err != nil {
		t.Error(err)
	}
	p, q = probe(t)
	a = answerTo(q)
	a.Reference += 1 << 32
	if _, err := p.Answer(birth.Add(time.Millisecond), a.Append(nil)); !errors.Is(err, ntp.ErrUnsynchronized) {
		t.Errorf("a clock that was set in a second: %v", err)
	}
}

// FuzzAnswer: nothing that comes breaks a probe, and what is taken repeats its number.
func FuzzAnswer(f *testing.F) {
	_, q := probe(f)
	good := answerTo(q)
	f.Add(good.Append(nil))
	f.Add(good.Append(nil)[:47])
	f.Add(bytesOf(f, layout))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, q := probe(t)
		r, err := p.Answer(birth.Add(time.Millisecond), b)
		if err != nil {
			return
		}
		if a, bad := ntp.Decode(b); bad != nil || a.Origin != q.Transmit || r.Distance <= 0 || r.Stratum == 0 || r.Stratum >= ntp.MaxStratum {
			t.Errorf("% x was taken for %+v", b, r)
		}
	})
}
