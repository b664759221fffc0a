// Package ntp has unmodified clients of the Network Time Protocol ask parley serve
// ntp for the time: chronyd, and ntpdig with its ntpdate. They share the server's
// clock, so the offset that they find is their error and the server's.
//
//	chronyd -Q ──► 127.0.0.1:any ◄── parley serve ntp
//	ntpdig     ──► 127.0.0.123:123, the one port that it asks; it needs privileges
//	ntpdate    ──► 127.0.0.124:123
//
// They are told to look and not to set anything. Without them the tests are
// skipped, unless PARLEY_NTP_CLIENTS=required.
package ntp
