package etcd

import (
	"crypto/sha256"
	"encoding/binary"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"

	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/stores/kv"
)

// clusterID and memberID stand for names in etcd's numbers. They are the same
// on all hosts and after every restart, and never 0, which means none.
func clusterID(cluster string) uint64 { return id("cluster", cluster) }

func memberID(a node.Addr) uint64 { return id("member", string(a.Node())) }

func id(kind, name string) uint64 {
	sum := sha256.Sum256([]byte(kind + "\x00" + name))
	return max(1, binary.BigEndian.Uint64(sum[:])>>1)
}

// header describes an answer that saw the store at a revision.
func (s *Server) header(r kv.Revision) *pb.ResponseHeader {
	return &pb.ResponseHeader{
		ClusterId: s.cluster, MemberId: s.self, Revision: int64(r), RaftTerm: s.epoch.Load(),
	}
}
