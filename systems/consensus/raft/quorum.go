package raft

// quorumOf returns the highest value that a quorum of voters has reached: for
// match indexes, what is stored on a quorum; for rounds, what a quorum has
// answered. In a joint configuration that needs a majority of either set (§6).
func (l *leaderState) quorumOf(value func(*peer) uint64) uint64 {
	//parley:rule raft.config.joint-consensus force=false
	if len(l.old) > 0 {
		return min(majorityOf(l.voters, value), majorityOf(l.old, value))
	}
	return majorityOf(l.voters, value)
}

// majorityOf returns the median, or of an even number the lower one of the
// middle two: the highest value that more than half have reached.
func majorityOf(peers []*peer, value func(*peer) uint64) uint64 {
	var room [9]uint64
	sorted := room[:0]
	for _, p := range peers {
		v, i := value(p), len(sorted)
		sorted = append(sorted, v)
		for ; i > 0 && sorted[i-1] < v; i-- {
			sorted[i] = sorted[i-1]
		}
		sorted[i] = v
	}
	if len(sorted) == 0 {
		return 0
	}
	return sorted[len(sorted)/2]
}

func matchOf(p *peer) uint64 { return uint64(p.match) }
func roundOf(p *peer) uint64 { return p.round }
