package look

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
)

// Guard stands before everything that a server of the console serves (I2, I3).
type Guard struct {
	token string
	names []string // by which the server may be called, besides loopback names
	cross *http.CrossOriginProtection
}

// NewGuard returns a guard with a token of its own. A server that listens
// beyond loopback is called by the given names (host names or IP addresses,
// without port); one on loopback needs none.
func NewGuard(names ...string) *Guard {
	return &Guard{token: rand.Text(), names: names, cross: http.NewCrossOriginProtection()}
}

// Token is what requests that change state carry: "Authorization: Bearer TOKEN".
func (g *Guard) Token() string { return g.token }

// Link returns the URL that hands the token to the browser, for the start line.
func (g *Guard) Link(url string) string { return url + "/#token=" + g.token }

// Handler lets through to next what may pass.
func (g *Guard) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if status, err := g.check(r); err != nil {
			Headers(w, "text/plain; charset=utf-8")
			w.WriteHeader(status)
			fmt.Fprintf(w, "%v; nothing was changed\n", err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

var errToken = errors.New("this needs the token: open the URL that was printed when the program started")

func (g *Guard) check(r *http.Request) (status int, err error) {
	if !g.named(r.Host) {
		return http.StatusMisdirectedRequest, fmt.Errorf("this server is not called %q", r.Host)
	}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return 0, nil
	}
	if err := g.cross.Check(r); err != nil {
		return http.StatusForbidden, fmt.Errorf("the request comes from another site: %w", err)
	}
	given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok || subtle.ConstantTimeCompare([]byte(given), []byte(g.token)) != 1 {
		return http.StatusUnauthorized, errToken
	}
	return 0, nil
}

// named tells whether a Host header names this server.
func (g *Guard) named(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = strings.Trim(host, "[]") // the default port is left out
	}
	ip := net.ParseIP(name)
	return name == "localhost" || ip != nil && ip.IsLoopback() || slices.Contains(g.names, name)
}
