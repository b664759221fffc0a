package wire

// Every bound holds for whatever bytes arrive, honest or not.
const (
	// MaxSize bounds one encoded message, in bytes: that of a log record.
	MaxSize = 64 << 20

	// MaxDepth bounds how deep messages nest, counting the outermost as one.
	// It also ends the encoding of a value that contains itself.
	MaxDepth = 64

	// MaxMemory bounds what decoding one message allocates, in bytes. An empty
	// element takes two bytes on the wire and a whole struct in memory, so the
	// length of the input alone is no bound.
	MaxMemory = 256 << 20

	// MaxField is the largest field number.
	MaxField = 1<<29 - 1
)
