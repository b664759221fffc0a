// Package experiment says what an experiment is, and runs campaigns of them.
package experiment
