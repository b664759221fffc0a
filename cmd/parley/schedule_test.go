package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestScheduleAnswersInWordsAndPictures(t *testing.T) {
	picture := filepath.Join(t.TempDir(), "schedule.svg")
	parley(t, "schedule", "r1(x) r2(x) w1(x) w2(x)", "--svg", picture).expect(t, 0,
		"T1        T2", "cycle T1 -> T2 -> T1", "two-phase locking           no")
	if text, err := os.ReadFile(picture); err != nil || len(text) < 500 {
		t.Errorf("%d bytes of SVG, %v", len(text), err)
	}
	parley(t, "schedule", "r1(x)", "w2(x)", "--json").expect(t, 0, `"property": "conflict serializable",`, `"answer": "yes"`)
	parley(t, "schedule", "r1(x) q2").expect(t, 2, "column 7", "--help")
	parley(t, "schedule").expect(t, 2, "an argument is missing")
	parley(t, "schedule", "c1", "--svg", filepath.Join(picture, "no")).expect(t, 1, "schedule: open")
}
