package console

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/parleysystems/parley/internal/look"
)

// Limits of a connection: how long a browser may take to send a request's
// header, and how long the end waits for answers on their way.
const (
	readHeader = 10 * time.Second
	farewell   = time.Second
)

// Serve serves the pages on l until ctx ends, and closes l. It calls ready with
// the address of the pages and the token, which goes behind a '#' in the link
// that is shown to the user. Beyond loopback the pages answer only to name.
func Serve(ctx context.Context, l net.Listener, name string, c Config, ready func(address, token string)) error {
	lab, err := New(c)
	if err != nil {
		return err
	}
	guard := look.NewGuard()
	if a, ok := l.Addr().(*net.TCPAddr); !ok || !a.IP.IsLoopback() {
		guard = look.NewGuard(name)
	}
	mux := http.NewServeMux()
	look.Mount(mux)
	mux.Handle("/", lab)
	mux.Handle("GET /{$}", http.RedirectHandler("experiments/", http.StatusFound))
	server := &http.Server{Handler: guard.Handler(mux), ReadHeaderTimeout: readHeader}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	ready("http://"+l.Addr().String(), guard.Token())
	select {
	case <-ctx.Done():
	case err := <-ended:
		return fmt.Errorf("serve the console at %s: %w", l.Addr(), err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), farewell)
	defer cancel()
	if server.Shutdown(ctx) != nil {
		_ = server.Close() // clients that did not go by themselves
	}
	return nil
}

// Main is a whole program: it serves the console, with the experiments that were
// registered, on a free port of this machine until Ctrl-C.
func Main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err == nil {
		err = Serve(ctx, l, "", Config{}, func(address, token string) {
			fmt.Printf("console  %s/experiments/#token=%s\nstop     Ctrl-C\n", address, token)
		})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
