// Package page serves what people and monitoring want to see of a cluster over
// HTTP:
//
//	/             the status page: plain HTML that refreshes itself
//	/status.json  the same as data: an array of host.Status
//	/health       200 if a linearizable read can be served, else 503, and why
//	/metrics      Prometheus text format
//
// It knows hosts only by a function that returns their statuses, so that one
// page shows the hosts of this process, or of others.
package page
