// Package explore looks at the pages of experiments with a real Chromium: runs
// made by the server and in the page, a diagram of a million events, the way
// from a violation to the state that explains it.
//
// How a browser is driven, and what makes its tests fail, stands in package
// browser.
package explore
