// Package page serves what people and monitoring want to see of a cluster over
// HTTP:
//
//	/               the cluster page: hosts, what clients see, what can be done
//	/cluster/...    what it is made of, and what it asks for and sends
//	/status.json    the hosts as data: an array of host.Status
//	/health         200 if a linearizable read can be served, else 503, and why
//	/metrics        Prometheus text format
//
// It knows hosts only by a function that returns their statuses, so that one
// page shows the hosts of this process, or of others; and what can be done to
// them only as a Control, so that it does not know whether killing one ends a
// process.
//
// # The cluster page
//
// static/cluster.js asks for /cluster/state twice a second and keeps ten
// minutes of it in the browser. Times are those of the server. While a page
// that holds the token is looked at, it keeps the probe going.
//
//	GET  /cluster/state?after=N             state: hosts, faults, samples above N
//	POST /cluster/hosts/NAME/ACTION         kill, restart, pause, resume
//	POST /cluster/cuts {"cuts":[{"from":"a","to":"b"}]}   exactly these links
//	POST /cluster/probe {"run":true}        ten more seconds of it
//
// An answer other than 200 says in its text what was wrong; unless it is a 500,
// nothing was changed.
package page
