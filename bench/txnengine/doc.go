// Command txnengine runs one load on our storage engine and on those that a Go
// programmer would use instead, and prints rates and ratios.
//
//	cd bench/txnengine && go run . -rounds 3 -duration 3s
//
// 200,000 rows, keys of 8 bytes, values of 100, every commit synced. Engines take
// turns within a round, each in a fresh directory, so that they share whatever the
// machine does to them; figures are medians over the rounds, and ratios those of the
// ratios within a round. What a sync of the disk takes just then is printed with each,
// since loads with writes in them, "95/5" too, mostly wait for that. 1 and 32 writers each
// replace one random row a transaction; readers get one random row a
// transaction; "95/5" is eight goroutines, of whose operations one in twenty is a
// write.
package main
