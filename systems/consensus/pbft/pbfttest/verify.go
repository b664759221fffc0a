package pbfttest

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
)

// remembering is ed25519.Verify for the replicas of one world, all of which verify the same
// signatures: each is verified once. It says what ed25519.Verify says.
func remembering() func(public ed25519.PublicKey, content, signature []byte) bool {
	known := map[[sha256.Size]byte]bool{}
	return func(public ed25519.PublicKey, content, signature []byte) bool {
		// The key and its digest have fixed lengths, so no two triples give one text.
		of := sha256.Sum256(content)
		key := sha256.Sum256(bytes.Join([][]byte{public, of[:], signature}, nil))
		valid, seen := known[key]
		if !seen {
			valid = ed25519.Verify(public, content, signature)
			known[key] = valid
		}
		return valid
	}
}
