package page

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/parleysystems/parley/internal/look"
)

// Control is what can be done to the hosts of a cluster that is ours. Its
// methods return once what was asked for is done, and an error if it was not.
type Control interface {
	// Kill stops a host without a word to anyone.
	Kill(host string) error
	// Restart starts a host that does not run, on the data that it left.
	Restart(host string) error
	// Pause freezes a host, and Resume lets it go on.
	Pause(host string) error
	Resume(host string) error
	// Cut breaks links, and mends those that are not named; none mends all.
	Cut(links []Cut) error
	Faults() Faults
}

// Cut is a link that is broken one way: what From sends to To is lost.
type Cut struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Faults is what is being done to the hosts at present.
type Faults struct {
	Killed []string `json:"killed"`
	Paused []string `json:"paused"`
	Cuts   []Cut    `json:"cuts"`
}

// The errors of a Control.
var (
	// ErrNoHost: there is no host of that name.
	ErrNoHost = errors.New("there is no such host")
	// ErrNotNow: the host is not in a state in which that can be done.
	ErrNotNow = errors.New("not possible now")
)

// maxBody bounds what a browser may send.
const maxBody = 16 << 10

// control serves the changes. What stands before it lets only the page make
// them (look.Guard).
func (p Page) control(mux *http.ServeMux) {
	if p.Control == nil {
		return
	}
	actions := map[string]func(string) error{
		"kill": p.Control.Kill, "restart": p.Control.Restart, "pause": p.Control.Pause, "resume": p.Control.Resume,
	}
	mux.HandleFunc("POST /cluster/hosts/{host}/{action}", func(w http.ResponseWriter, r *http.Request) {
		do := actions[r.PathValue("action")]
		if do == nil {
			http.NotFound(w, r)
			return
		}
		answer(w, do(r.PathValue("host")))
	})
	mux.HandleFunc("POST /cluster/cuts", func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			Cuts []Cut `json:"cuts"`
		}
		if err := read(w, r, &body); err != nil {
			answer(w, err)
			return
		}
		answer(w, p.Control.Cut(body.Cuts))
	})
}

// malformed is the error of a body that cannot be read.
type malformed struct{ error }

func read(w http.ResponseWriter, r *http.Request, into any) error {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return malformed{fmt.Errorf("read the request: %w; nothing was changed", err)}
	}
	return nil
}

func answer(w http.ResponseWriter, err error) {
	status := http.StatusInternalServerError
	switch {
	case err == nil:
		look.Headers(w, "application/json")
		fmt.Fprintln(w, "{}")
		return
	case errors.As(err, new(malformed)):
		status = http.StatusBadRequest
	case errors.Is(err, ErrNoHost):
		status = http.StatusNotFound
	case errors.Is(err, ErrNotNow):
		status = http.StatusConflict
	}
	look.Headers(w, "text/plain; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprintln(w, err)
}
