// Package browser looks at the console with a real Chromium, headless, as a
// person would: it waits for what is to be seen, presses buttons, and reads.
//
//	test ──► Tab ──► Chromium ──► parley up ──► three hosts
//
// Tests need Chromium on the machine and are skipped without, unless
// PARLEY_CHROMIUM says "required"; it may also name the binary.
//
// # Invariants
//
//   - B1. Each tab has a new, empty profile, which goes with its test. The browser may
//     be one for all tests of a binary (Main), and does not outlive them.
//   - B2. A test fails if its page reported an error: an exception, a failed
//     request that the test did not announce, or anything that the content
//     security policy forbids.
//   - B3. Waiting is polling a condition in the page up to a limit; the limit
//     fails the test, and shows what the page said last.
package browser
