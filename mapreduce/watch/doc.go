// Package watch shows running MapReduce jobs in a browser: the state of every task,
// what runs now and what takes long, counters, workers, and what went wrong.
//
// A View is a job at a moment; who runs the job makes it when somebody looks. The
// same page is that of one job (Serve, by "parley mr JOB --http ADDRESS"), and a
// section of the console of hosts that run jobs (Page.Mount).
//
//	GET  jobs/          the page
//	GET  jobs/state     {"jobs": [View, ...], "empty": what to say of none, "last": no other will come}
//	GET  jobs/static/   what it is made of
//
// It changes nothing, and Serve listens on loopback addresses only.
package watch
