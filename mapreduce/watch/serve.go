package watch

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/parleysystems/parley/internal/look"
)

// ErrBeyond says that a job's page is for the machine that it runs on.
var ErrBeyond = errors.New("a job is shown to its own machine only; give a loopback address, such as 127.0.0.1:7410, and reach it from elsewhere by ssh -L")

// Server is the page of one job while the job runs.
type Server struct {
	listener net.Listener
	server   *http.Server
	ended    chan struct{}

	mu    sync.Mutex
	asked time.Time     // when somebody last looked
	over  bool          // the view is the last one
	shown chan struct{} // closed when that has been looked at
}

// Serve shows a job until Close. The address must be a loopback address; port 0
// chooses one.
func Serve(address, title string, view func() View) (*Server, error) {
	if host, _, err := net.SplitHostPort(address); err != nil {
		return nil, fmt.Errorf("the job's page: %w", err)
	} else if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("the job's page at %s: %w", address, ErrBeyond)
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("the job's page: %w", err)
	}
	s := &Server{listener: l, ended: make(chan struct{}), shown: make(chan struct{})}
	mux := http.NewServeMux()
	look.Mount(mux)
	Page{Title: title, Jobs: func() []View { return s.look(view) }, Last: true}.Mount(mux)
	mux.Handle("GET /{$}", http.RedirectHandler("/jobs/", http.StatusFound))
	s.server = &http.Server{
		Handler: look.NewGuard().Handler(mux), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
	}
	go func() {
		defer close(s.ended)
		_ = s.server.Serve(l) // it ends when it is shut down
	}()
	return s, nil
}

// URL is where the page is.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() + "/jobs/" }

func (s *Server) look(view func() View) []View {
	s.mu.Lock()
	last := s.over
	s.asked = time.Now()
	s.mu.Unlock()
	v := view()
	if last {
		s.mu.Lock()
		defer s.mu.Unlock()
		select {
		case <-s.shown:
		default:
			close(s.shown)
		}
	}
	return []View{v}
}

// watched is how long ago somebody may have looked who is still looking; the page asks
// more often. patience is how long the end of a job waits to be seen.
const (
	watched  = 2 * time.Second
	patience = 2 * time.Second
)

// Close ends the page. If somebody looks at it, the view as it is now is seen first.
func (s *Server) Close() {
	s.mu.Lock()
	s.over = true
	looked := time.Since(s.asked) < watched
	s.mu.Unlock()
	if looked {
		timer := time.NewTimer(patience)
		select {
		case <-s.shown:
		case <-timer.C:
		}
		timer.Stop()
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if s.server.Shutdown(ctx) != nil {
		_ = s.server.Close() // clients that did not go by themselves
	}
	<-s.ended
}
