package board

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/parleysystems/parley/internal/look"
)

var errToken = errors.New("the form is older than this program, or not of this page: load the page again")

// guard lets through to next what may pass (I4). Unlike look.Guard it serves forms,
// which cannot set a header: their token is a field.
func (b *Board) guard(next http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status, err := b.check(cross, w, r)
		if err != nil {
			look.Headers(w, "text/plain; charset=utf-8")
			w.WriteHeader(status)
			fmt.Fprintf(w, "%v; nothing was changed\n", err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (b *Board) check(cross *http.CrossOriginProtection, w http.ResponseWriter, r *http.Request) (status int, err error) {
	if !b.named(r.Host) {
		return http.StatusMisdirectedRequest, fmt.Errorf("this server is not called %q", r.Host)
	}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return 0, nil
	}
	if err := cross.Check(r); err != nil {
		return http.StatusForbidden, fmt.Errorf("the request comes from another site: %w", err)
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if err := r.ParseForm(); err != nil {
		return http.StatusBadRequest, fmt.Errorf("the form cannot be read, it may have %d bytes: %w", maxBody, err)
	}
	if subtle.ConstantTimeCompare([]byte(r.PostForm.Get("token")), []byte(b.token)) != 1 {
		return http.StatusForbidden, errToken
	}
	return 0, nil
}

// named tells whether a Host header names this server.
func (b *Board) named(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = strings.Trim(host, "[]") // the default port is left out
	}
	ip := net.ParseIP(name)
	return name == "localhost" || ip != nil && ip.IsLoopback() || slices.Contains(b.o.Names, name) ||
		b.o.Credentials != nil && name == b.o.Name // the name that the certificate has
}
