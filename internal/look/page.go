package look

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"
	"strings"
)

// Section is an entry of the navigation.
type Section struct {
	Name string
	Path string // from the top of the console: "" or ending in a slash
}

// The sections of the console.
var (
	Cluster     = Section{"Cluster", ""}
	Experiments = Section{"Experiments", "experiments/"}
	History     = Section{"History", "history/"}
	Canon       = Section{"Canon", "canon/"}
)

// All sections in the order of the navigation.
var All = []Section{Cluster, Experiments, History, Canon}

// Page is what the shell needs to know of a page.
type Page struct {
	Title    string
	Here     Section   // the entry that is marked as the current one
	Sections []Section // what the navigation offers
	Root     string    // from the page to the top of the console: "", "../", "../../"
	Modules  []string  // JavaScript modules, from the top of the console
	Styles   []string  // style sheets besides look.css, from the top of the console
	Note     string    // said at the right end of the navigation: what is being looked at
}

//go:embed shell.html
var shell string

var shellTemplate = template.Must(template.New("shell").Parse(shell))

// HTML returns the document.
func (p Page) HTML() []byte {
	var b bytes.Buffer
	// A policy in the document has no say about frames; the header has.
	meta, _, _ := strings.Cut(Policy, "; frame-ancestors")
	err := shellTemplate.Execute(&b, struct {
		Page
		Policy string
	}{p, meta})
	if err != nil {
		panic("look: the shell: " + err.Error()) // a template of ours, executed to memory
	}
	return b.Bytes()
}

// Href returns the way from the page to a section.
func (p Page) Href(s Section) string {
	if p.Root+s.Path == "" {
		return "./"
	}
	return p.Root + s.Path
}

// Handler serves the page.
func (p Page) Handler() http.Handler {
	f := newFile("page.html", p.HTML())
	return http.HandlerFunc(f.serve)
}
