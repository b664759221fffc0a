package main

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/cometbft/cometbft/abci/example/kvstore"
	"github.com/cometbft/cometbft/config"
	"github.com/cometbft/cometbft/libs/log"
	"github.com/cometbft/cometbft/node"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/privval"
	"github.com/cometbft/cometbft/proxy"
	"github.com/cometbft/cometbft/rpc/client/local"
	"github.com/cometbft/cometbft/types"
)

// member is one node of CometBFT before it runs.
type member struct {
	config *config.Config
	key    *p2p.NodeKey
	signer *privval.FilePV
}

// comet runs four nodes, and clients that hand transactions to all of them. The nodes
// run until their process ends.
func comet(ctx context.Context, dir string, clients int, done func()) error {
	members, err := prepare(dir)
	if err != nil {
		return err
	}
	var nodes []*node.Node
	for _, m := range members {
		n, err := node.NewNode(context.Background(), m.config, m.signer, m.key,
			proxy.NewLocalClientCreator(kvstore.NewInMemoryApplication()),
			node.DefaultGenesisDocProviderFunc(m.config), config.DefaultDBProvider, node.DefaultMetricsProvider(m.config.Instrumentation), log.NewNopLogger())
		if err != nil {
			return err
		}
		if err := n.Start(); err != nil {
			return err
		}
		nodes = append(nodes, n)
	}
	var all sync.WaitGroup
	defer all.Wait()
	for i, n := range nodes {
		d := &door{local: local.New(n), waiting: map[string]chan struct{}{}}
		if err := d.listen(ctx, n); err != nil {
			return err
		}
		for j := i; j < clients; j += len(nodes) {
			all.Go(func() { d.client(ctx, uint64(j), done) })
		}
	}
	<-ctx.Done()
	return nil
}

// prepare makes directories, keys, a genesis and addresses.
func prepare(dir string) ([]*member, error) {
	genesis := &types.GenesisDoc{ChainID: "bench", GenesisTime: time.Now(), InitialHeight: 1, ConsensusParams: types.DefaultConsensusParams()}
	var members []*member
	var peers []string
	for i := range 4 {
		c := config.DefaultConfig()
		c.SetRoot(filepath.Join(dir, fmt.Sprint(i)))
		for _, sub := range []string{"config", "data"} {
			if err := os.MkdirAll(filepath.Join(c.RootDir, sub), 0o700); err != nil {
				return nil, err
			}
		}
		address, err := free()
		if err != nil {
			return nil, err
		}
		tune(c, address)
		m := &member{config: c}
		if m.key, err = p2p.LoadOrGenNodeKey(c.NodeKeyFile()); err != nil {
			return nil, err
		}
		if m.signer, err = privval.LoadOrGenFilePV(c.PrivValidatorKeyFile(), c.PrivValidatorStateFile(), nil); err != nil {
			return nil, err
		}
		public, err := m.signer.GetPubKey()
		if err != nil {
			return nil, err
		}
		genesis.Validators = append(genesis.Validators, types.GenesisValidator{Address: public.Address(), PubKey: public, Power: 10})
		peers = append(peers, fmt.Sprintf("%s@%s", m.key.ID(), address))
		members = append(members, m)
	}
	if err := genesis.ValidateAndComplete(); err != nil {
		return nil, err
	}
	for _, m := range members {
		m.config.P2P.PersistentPeers = strings.Join(peers, ",")
		if err := genesis.SaveAs(m.config.GenesisFile()); err != nil {
			return nil, err
		}
	}
	return members, nil
}

// tune takes the pauses out that a chain of blocks has and a benchmark does not want.
func tune(c *config.Config, address string) {
	c.P2P.ListenAddress = "tcp://" + address
	c.P2P.AddrBookStrict, c.P2P.AllowDuplicateIP, c.P2P.PexReactor = false, true, false
	c.P2P.FlushThrottleTimeout = time.Millisecond
	c.RPC.ListenAddress, c.RPC.PprofListenAddress = "", ""
	c.Consensus.TimeoutCommit = 0 //nolint:staticcheck // the application sets no delay of its own
	c.Consensus.CreateEmptyBlocks = false
	c.Consensus.PeerGossipSleepDuration = 5 * time.Millisecond
	c.Mempool.Size, c.Mempool.CacheSize = 50_000, 100_000
	c.Mempool.Recheck = false
}

func free() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// door is one node's: it knows who waits for which transaction.
type door struct {
	local   *local.Local
	mu      sync.Mutex
	waiting map[string]chan struct{} // by transaction
}

// listen tells those who wait of what is committed.
func (d *door) listen(ctx context.Context, n *node.Node) error {
	s, err := n.EventBus().SubscribeUnbuffered(ctx, "bench", types.EventQueryTx)
	if err != nil {
		return err
	}
	go func() {
		for {
			select {
			case m := <-s.Out():
				tx := string(m.Data().(types.EventDataTx).Tx)
				d.mu.Lock()
				if w := d.waiting[tx]; w != nil {
					close(w)
					delete(d.waiting, tx)
				}
				d.mu.Unlock()
			case <-s.Canceled():
				return
			case <-ctx.Done():
				return
			}
		}
	}()
	return nil
}

// client hands in one transaction of 256 bytes after the other.
func (d *door) client(ctx context.Context, number uint64, done func()) {
	for count := uint64(0); ctx.Err() == nil; count++ {
		key := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, number), count)
		tx := hex.EncodeToString(key) + "=" + strings.Repeat("v", 256-2*len(key)-1)
		committed := make(chan struct{})
		d.mu.Lock()
		d.waiting[tx] = committed
		d.mu.Unlock()
		if r, err := d.local.BroadcastTxSync(ctx, types.Tx(tx)); err != nil || r.Code != 0 {
			time.Sleep(10 * time.Millisecond) // the pool is full, or the node is not ready
			continue
		}
		select {
		case <-committed:
			done()
		case <-ctx.Done():
		}
	}
}
