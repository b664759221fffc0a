package plot_test

import (
	"bytes"
	"testing"

	"github.com/parleysystems/parley/internal/plot"
)

func TestTheSameDataGiveTheSamePicture(t *testing.T) {
	f := plot.Figure{
		Title: "title", X: plot.Axis{Label: "x", Names: []string{"a", "b"}}, Y: plot.Axis{Label: "y", Log: true},
		Curves: []plot.Curve{
			{Name: "one", Points: []plot.Point{{X: 0, Y: 1}, {X: 1, Y: 100, Low: 50, High: 200}}},
			{Name: "two", Dots: true, Points: []plot.Point{{X: 0, Y: 5}}},
		},
	}
	first, err := f.SVG()
	if err != nil {
		t.Fatal(err)
	}
	second, err := f.SVG()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, second) {
		t.Error("two pictures of the same data differ")
	}
	for _, text := range []string{"title", ">x<", ">y<", ">a<", ">one<", ">two<"} {
		if !bytes.Contains(first, []byte(text)) {
			t.Errorf("the picture does not say %q", text)
		}
	}
}

func TestWhatCannotBeDrawnIsAnError(t *testing.T) {
	nan := 0.0
	nan /= nan
	_, err := plot.Figure{Title: "t", Curves: []plot.Curve{{Name: "c", Points: []plot.Point{{Y: nan}}}}}.SVG()
	if err == nil {
		t.Error("a curve through no number was drawn")
	}
}
