package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/lni/dragonboat/v4"
	"github.com/lni/dragonboat/v4/config"
	"github.com/lni/dragonboat/v4/logger"
	sm "github.com/lni/dragonboat/v4/statemachine"
)

func init() { engines["dragonboat"] = startDragonboat }

const shard = 1

// dragonboatEngine is one shard on three NodeHosts; leader is the one asked.
type dragonboatEngine struct {
	hosts  []*dragonboat.NodeHost
	leader *dragonboat.NodeHost
}

func startDragonboat(dir string) (engine, error) {
	for _, name := range []string{"raft", "rsm", "transport", "dragonboat", "logdb", "grpc", "config", "settings", "tan", "pebblekv"} {
		logger.GetLogger(name).SetLevel(logger.ERROR)
	}
	members := map[uint64]string{}
	for i := range uint64(replicas) {
		members[i+1] = fmt.Sprintf("127.0.0.1:%d", 24600+i)
	}
	e := &dragonboatEngine{}
	for i := range uint64(replicas) {
		h, err := dragonboat.NewNodeHost(config.NodeHostConfig{
			NodeHostDir:    filepath.Join(dir, fmt.Sprint(i)),
			RTTMillisecond: 10,
			RaftAddress:    members[i+1],
		})
		if err != nil {
			return nil, err
		}
		e.hosts = append(e.hosts, h)
		err = h.StartReplica(members, false, func(uint64, uint64) sm.IStateMachine { return &memory{m: map[string][]byte{}} }, config.Config{
			ReplicaID: i + 1, ShardID: shard, ElectionRTT: 100, HeartbeatRTT: 10, CheckQuorum: true, PreVote: true,
		})
		if err != nil {
			return nil, err
		}
	}
	return e, e.awaitLeader(20 * time.Second)
}

func (e *dragonboatEngine) awaitLeader(limit time.Duration) error {
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if id, _, ok, err := e.hosts[0].GetLeaderID(shard); err == nil && ok {
			e.leader = e.hosts[id-1]
			return nil
		}
	}
	return fmt.Errorf("no leader after %v", limit)
}

func (e *dragonboatEngine) put(ctx context.Context, key, value []byte) error {
	_, err := e.leader.SyncPropose(ctx, e.leader.GetNoOPSession(shard), append(key, value...))
	return err
}

func (e *dragonboatEngine) get(ctx context.Context, key []byte) error {
	_, err := e.leader.SyncRead(ctx, shard, key)
	return err
}

func (e *dragonboatEngine) close() {
	for _, h := range e.hosts {
		h.Close()
	}
}

// memory is the map that dragonboat replicates.
type memory struct{ m map[string][]byte }

func (s *memory) Update(e sm.Entry) (sm.Result, error) {
	s.m[string(e.Cmd[:8])] = append([]byte(nil), e.Cmd[8:]...)
	return sm.Result{Value: 1}, nil
}
func (s *memory) Lookup(key any) (any, error) { return s.m[string(key.([]byte))], nil }
func (s *memory) SaveSnapshot(io.Writer, sm.ISnapshotFileCollection, <-chan struct{}) error {
	return nil
}
func (s *memory) RecoverFromSnapshot(io.Reader, []sm.SnapshotFile, <-chan struct{}) error { return nil }
func (s *memory) Close() error                                                            { return nil }
