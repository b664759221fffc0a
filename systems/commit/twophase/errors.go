package twophase

import "errors"

// The errors of this package tell whether the transaction may have been committed;
// SurelyNot sorts them.
var (
	// ErrAborted: the transaction was aborted, and took effect nowhere.
	ErrAborted = errors.New("aborted")

	// ErrUnknown: no outcome was learnt in time, or its coordinator has forgotten
	// it. The transaction is committed everywhere or nowhere, or will be.
	ErrUnknown = errors.New("outcome unknown")

	// ErrBusy: too many transactions are unfinished. Nothing was done.
	ErrBusy = errors.New("too many unfinished transactions")

	// ErrNoCoordinator: no coordinator gave out a transaction. Nothing was done.
	ErrNoCoordinator = errors.New("no coordinator answers")

	// ErrTooLarge: an operation exceeds Config.MaxBody. It was not carried out.
	ErrTooLarge = errors.New("operation too large")
)

// SurelyNot tells whether err means that the transaction has not taken effect and
// never will.
func SurelyNot(err error) bool {
	for _, sure := range []error{ErrAborted, ErrBusy, ErrNoCoordinator, ErrTooLarge} {
		if errors.Is(err, sure) {
			return true
		}
	}
	return false
}
