package watch

import (
	"embed"
	"encoding/json"
	"net/http"

	"github.com/parleysystems/parley/internal/look"
)

//go:embed static
var static embed.FS

// Section is the page's entry in the navigation of a console.
var Section = look.Section{Name: "Jobs", Path: "jobs/"}

// Page says what to serve.
type Page struct {
	Title string
	// Jobs returns what there is to see; it may be called at any time.
	Jobs func() []View
	// Sections are what the navigation offers; none shows no navigation.
	Sections []look.Section
	// Empty is said while there is no job.
	Empty string
	// Last says that no other job will come.
	Last bool
}

// Mount serves the page below jobs/. The files of the console (look.Mount) are there
// already.
func (p Page) Mount(mux *http.ServeMux) {
	here := look.Page{
		Title: p.Title, Note: p.Title, Here: Section, Sections: p.Sections, Root: "../",
		Modules: []string{"jobs/static/jobs.js"}, Styles: []string{"jobs/static/jobs.css"},
	}
	mux.Handle("GET /jobs/{$}", here.Handler())
	mux.Handle("GET /jobs/static/", http.StripPrefix("/jobs/", look.Static(static)))
	mux.HandleFunc("GET /jobs/state", func(w http.ResponseWriter, _ *http.Request) {
		look.Headers(w, "application/json")
		jobs := []View{} // lists in JSON are never null
		for _, v := range p.Jobs() {
			v.Running, v.Workers = append([]Execution{}, v.Running...), append([]Worker{}, v.Workers...)
			v.Figures, v.Notes = append([]Figure{}, v.Figures...), append([]string{}, v.Notes...)
			if v.Counters == nil {
				v.Counters = map[string]int64{}
			}
			jobs = append(jobs, v)
		}
		answer := struct {
			Jobs  []View `json:"jobs"`
			Empty string `json:"empty"`
			Last  bool   `json:"last"`
		}{jobs, p.Empty, p.Last}
		_ = json.NewEncoder(w).Encode(answer) // the client has gone: nobody is left to tell
	})
}
