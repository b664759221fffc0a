// Package mapreduce runs map and reduce over files: in one process on all its
// processors, or on many workers. It is the user's half of MapReduce (Dean and
// Ghemawat, OSDI 2004); what master and workers do about failures is
// systems/dataflow/mapreduce, how pairs are sorted and merged is
// systems/dataflow/shuffle.
//
// A word count, complete:
//
//	func main() {
//		mapreduce.Main(mapreduce.Job[string, int]{
//			Map: func(line mapreduce.Record, emit func(string, int)) error {
//				for word := range strings.FieldsSeq(line.Text) {
//					emit(word, 1)
//				}
//				return nil
//			},
//			Combine: mapreduce.Sum[int],
//		})
//	}
//
// Main makes the program of it: the local runner, the master or a worker, as its
// flags say. Run is the same for a program that has its own main.
//
// # What it promises
//
// Output: either all of it, durable, or none. Parts are written beside the output
// directory, synced, and appear with it by one rename; the manifest (_SUCCESS) lists
// them with their sums.
//
// The answer: that of calling Map on every record, one after the other, sorting
// what was emitted by key (as bytes; numbers by value), and calling Reduce on every
// key. Values of one key come in the order in which they were emitted, files in
// the order given. This holds however the input is split, whatever is retried, and
// however many workers take part, if the functions give the same for the same
// arguments; of functions that do not, each output is one that some run could
// have given, but two outputs may be of different runs.
//
// Memory: Options.Memory for the whole process. Pairs that do not fit are sorted on
// disk. What user functions keep is theirs.
//
// Errors name the task, the attempt, the file and the record. A panic of a user's
// function is such an error; a record that fails twice is left out if Options.Skip
// allows that, and counted.
//
// # Input
//
// Files, directories, patterns; lines, CSV or records of a fixed length. A large
// file is divided, and a record belongs to the part that it begins in. Files that
// end in .gz or .zst are unpacked, and not divided. A file that changes
// between planning and reading is an error.
package mapreduce
