package main

import (
	"time"

	"github.com/parleysystems/parley/serve/ntp"
	protocol "github.com/parleysystems/parley/systems/order/physical/ntp"
)

// serverReading is what parley ntp query prints of a server; times in seconds.
type serverReading struct {
	Server         string  `json:"server"`
	Stratum        uint8   `json:"stratum"`
	Reference      string  `json:"reference"`
	Offset         float64 `json:"offset"` // of its clock ahead of this machine's
	Delay          float64 `json:"delay"`
	RootDelay      float64 `json:"root_delay"`
	RootDispersion float64 `json:"root_dispersion"`
	Distance       float64 `json:"distance"` // bounds the error of offset, if the server tells the truth
}

func readingJSON(server string, r protocol.Reading) serverReading {
	return serverReading{
		server, r.Stratum, r.Reference.At(r.Stratum), r.Offset.Seconds(), r.Delay.Seconds(),
		r.RootDelay.Seconds(), r.RootDispersion.Seconds(), r.Distance.Seconds(),
	}
}

// keptClock is what parley ntp follow prints of its clock; times in seconds.
type keptClock struct {
	Clock        time.Time    `json:"clock"`
	MachineAhead float64      `json:"machine_ahead"` // this machine's clock, of it
	Synchronized bool         `json:"synchronized"`
	Stratum      uint8        `json:"stratum"`
	Follows      string       `json:"follows"`
	ToAbsorb     float64      `json:"to_absorb"`
	Distance     float64      `json:"distance"` // of the true time from it
	Frequency    float64      `json:"frequency_ppm"`
	Steps        int          `json:"steps"`
	Servers      []keptServer `json:"servers"`
}

type keptServer struct {
	Server    string           `json:"server"`
	Verdict   protocol.Verdict `json:"verdict"`
	Stratum   uint8            `json:"stratum"`
	Reference string           `json:"reference"`
	Offset    float64          `json:"offset"`
	Delay     float64          `json:"delay"`
	Distance  float64          `json:"distance"`
}

func clockJSON(c *ntp.Client) keptClock {
	s := c.Status()
	k := keptClock{
		Clock: c.Now(), MachineAhead: machineAhead(c).Seconds(), Synchronized: s.Leap != protocol.Unsynchronized,
		Stratum: s.Stratum, Follows: s.Peer, ToAbsorb: s.Offset.Seconds(), Distance: (s.Distance + s.Offset.Abs()).Seconds(),
		Frequency: float64(s.Frequency) / 1000, Steps: s.Steps,
	}
	for _, v := range s.Sources {
		k.Servers = append(k.Servers, keptServer{
			v.Name, v.Verdict, v.Stratum, v.Reference.At(v.Stratum), v.Offset.Seconds(), v.Delay.Seconds(), v.Distance.Seconds(),
		})
	}
	return k
}
