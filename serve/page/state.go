package page

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/parleysystems/parley/internal/look"
	"github.com/parleysystems/parley/serve/host"
	"github.com/parleysystems/parley/serve/probe"
)

// state is what the cluster page draws. It asks a few times a second.
type state struct {
	Now    time.Time     `json:"now"`
	Hosts  []host.Status `json:"hosts"`
	Faults *Faults       `json:"faults,omitempty"` // if there are controls
	Probe  *probe.State  `json:"probe,omitempty"`  // if there is a probe
}

// state answers "GET /cluster/state?after=NUMBER" with samples of the probe
// that come after that number.
func (p Page) state(mux *http.ServeMux) {
	mux.HandleFunc("GET /cluster/state", func(w http.ResponseWriter, r *http.Request) {
		after, _ := strconv.ParseUint(r.FormValue("after"), 10, 64) // what is no number asks for all
		s := state{Hosts: p.Hosts(r.Context()), Now: time.Now()}
		if p.Control != nil {
			f := p.Control.Faults()
			s.Faults = &f
		}
		if p.Probe != nil {
			seen := p.Probe.State(after)
			s.Probe = &seen
		}
		look.Headers(w, "application/json")
		_ = json.NewEncoder(w).Encode(s)
	})
	if p.Probe == nil {
		return
	}
	mux.HandleFunc("POST /cluster/probe", func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			Run bool `json:"run"`
		}
		if err := read(w, r, &body); err != nil {
			answer(w, err)
			return
		}
		if !body.Run {
			p.Probe.Rest()
			answer(w, nil)
			return
		}
		answer(w, p.Probe.Attend())
	})
}
