package page

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// byHost gathers from several doors of one process and tells their metrics
// apart by the label host. What is about the process as a whole is left out:
// the page has it already.
func byHost(doors map[string]prometheus.Gatherer) prometheus.Gatherer {
	return prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
		merged := map[string]*dto.MetricFamily{}
		var errs []error
		for _, name := range slices.Sorted(maps.Keys(doors)) {
			families, err := doors[name].Gather()
			errs = append(errs, err)
			for _, f := range families {
				if !aboutProcess(f.GetName()) {
					merge(merged, f, name)
				}
			}
		}
		var all []*dto.MetricFamily
		for _, name := range slices.Sorted(maps.Keys(merged)) {
			all = append(all, merged[name])
		}
		return all, errors.Join(errs...)
	})
}

func aboutProcess(name string) bool {
	return strings.HasPrefix(name, "go_") || strings.HasPrefix(name, "process_")
}

func merge(into map[string]*dto.MetricFamily, f *dto.MetricFamily, host string) {
	label := "host"
	for _, m := range f.Metric {
		m.Label = append(m.Label, &dto.LabelPair{Name: &label, Value: &host})
		slices.SortFunc(m.Label, func(a, b *dto.LabelPair) int { return strings.Compare(a.GetName(), b.GetName()) })
	}
	if have := into[f.GetName()]; have != nil {
		have.Metric = append(have.Metric, f.Metric...)
		return
	}
	into[f.GetName()] = f
}
