package cluster

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
)

// TraditionalPort returns the port of the n-th host (0, 1, 2...) on one
// machine, as etcd's users are used to: 2379, 22379, 32379.
func TraditionalPort(base, n int) int {
	if n == 0 {
		return base
	}
	return base + (n+1)*10000
}

// ParseHosts reads the hosts of a new cluster from a list of ADDRESS or
// NAME=ADDRESS, where an address is a DNS name or an IP address without port.
// A nameless host is called by the first label of its DNS name, or host1, host2
// by its place. Hosts that share an address get ports of their own.
func ParseHosts(list []string, peerPort, clientPort int) ([]Host, error) {
	var hosts []Host
	seen := map[string]int{}
	for i, entry := range list {
		name, address, named := strings.Cut(strings.TrimSpace(entry), "=")
		if !named {
			name, address = nameOf(name, i), name
		}
		if err := CheckName(name); err != nil {
			return nil, err
		}
		if address == "" || strings.ContainsAny(address, " /[]") || strings.Contains(address, ":") && net.ParseIP(address) == nil {
			return nil, fmt.Errorf("host %s: %q is not a DNS name or an IP address (without a port)", name, address)
		}
		if slices.ContainsFunc(hosts, func(h Host) bool { return h.Name == name }) {
			return nil, fmt.Errorf("two hosts are called %s; write NAME=ADDRESS", name)
		}
		n := seen[address]
		seen[address]++
		peer, client := TraditionalPort(peerPort, n), TraditionalPort(clientPort, n)
		if max(peer, client) > 65535 {
			return nil, fmt.Errorf("host %s: no port is left for so many hosts at %s", name, address)
		}
		hosts = append(hosts, Host{
			Name:   name,
			Peer:   net.JoinHostPort(address, strconv.Itoa(peer)),
			Client: net.JoinHostPort(address, strconv.Itoa(client)),
		})
	}
	return hosts, nil
}

func nameOf(address string, i int) string {
	if net.ParseIP(address) != nil || address == "localhost" {
		return "host" + strconv.Itoa(i+1)
	}
	label, _, _ := strings.Cut(address, ".")
	return label
}
