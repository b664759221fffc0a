package live

import "errors"

var (
	// ErrStopped says that the host was closed or has failed (Host.Err tells
	// which). What was asked for surely did not happen.
	ErrStopped = errors.New("host is stopped")

	// ErrBusy says that a service's mailbox is full. What was asked for surely
	// did not happen.
	ErrBusy = errors.New("mailbox is full")

	// ErrNoService says that nothing is served under that name.
	ErrNoService = errors.New("no such service")

	// ErrNeedCredentials says that an address is not a loopback address, and
	// that nothing is sent or listened to in the clear beyond loopback.
	ErrNeedCredentials = errors.New("credentials are required beyond loopback")
)
