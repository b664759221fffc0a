// Command store runs the same load, through etcd's unmodified Go client, on
// three hosts of etcd and on three hosts of Parley on this machine, in turn,
// and prints each figure's median and the ratio of the medians.
//
//	cd bench/store && go run . -rounds 3 -duration 5s
//
//	cd bench/store && go run . -fill 1000000
//
// The second fills both stores instead, and compares memory and the time until
// they serve again after kill -9.
//
// The loads named "own client" run through Parley's own client (serve/client)
// instead, on Parley only. Of "4 x 500", 4 is the number of clients and 500 that
// of the requests that each has outstanding. Their ratio is to etcd's best
// figure of the same kind in the same run, over all numbers of connections:
//
//	cd bench/store && go run . -loads 'put, 10 conns x 10;put, 100 conns x 10;linearizable get, 10 x 10;linearizable get, 100 x 10;own client: put, 4 x 500;own client: lease get, 4 x 500'
//
// Every host is a process of its own with fsync on and an empty directory.
// One round starts one store, runs every load on it and stops it, so that the
// two stores never compete for the machine and share whatever it does to them.
package main
