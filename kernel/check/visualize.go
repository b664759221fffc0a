package check

import (
	"fmt"
	"io"

	"github.com/anishathalye/porcupine"
	"github.com/parleysystems/parley/kernel/workload"
)

// Visualize writes Porcupine's interactive picture of a history as HTML: each
// object's operations as intervals, with the order found or the longest one
// that could be.
func Visualize[S comparable, In, Out any](
	w io.Writer, m Model[S, In, Out], h workload.History[In, Out], o Options,
) error {
	model := porcupineModel(m)
	if m.Key != nil {
		model.Partition = func(ops []porcupine.Operation) [][]porcupine.Operation {
			return partition(m.Key, ops)
		}
	}
	var ops []porcupine.Operation
	for _, p := range split(m, h) {
		ops = append(ops, operations(p.ops)...)
	}
	_, info := porcupine.CheckOperationsVerbose(model, ops, o.timeout())
	if err := porcupine.Visualize(model, info, w); err != nil {
		return fmt.Errorf("check: write visualization of %d operations: %w", len(h), err)
	}
	return nil
}

func partition[In any](key func(In) string, ops []porcupine.Operation) [][]porcupine.Operation {
	var parts [][]porcupine.Operation
	index := map[string]int{}
	for _, op := range ops {
		k := key(op.Input.(In))
		i, ok := index[k]
		if !ok {
			i = len(parts)
			index[k], parts = i, append(parts, nil)
		}
		parts[i] = append(parts[i], op)
	}
	return parts
}
