// Package check judges what clients saw. (package documentation follows the judges)
package check
