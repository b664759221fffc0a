package client

import (
	"context"
	"fmt"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/systems/replication/rsm"
	"github.com/parleysystems/parley/systems/stores/kv"
)

// Put sets a key and returns the revision in which it has the value.
func (c *Client) Put(ctx context.Context, key, value []byte) (kv.Revision, error) {
	r, err := c.Execute(ctx, &kv.Command{Put: &kv.Put{Key: key, Value: value}})
	if err != nil {
		return 0, err
	}
	return r.Revision, nil
}

// Delete deletes the keys of an interval (see kv.Range; a nil end means the one
// key) and returns how many there were.
func (c *Client) Delete(ctx context.Context, key, end []byte) (int64, error) {
	r, err := c.Execute(ctx, &kv.Command{DeleteRange: &kv.DeleteRange{Key: key, RangeEnd: end}})
	if err != nil || r.DeleteRange == nil {
		return 0, err
	}
	return r.DeleteRange.Count, nil
}

// Txn compares, and executes one of two lists of operations as one step.
func (c *Client) Txn(ctx context.Context, t *kv.Txn) (*kv.TxnResult, error) {
	r, err := c.Execute(ctx, &kv.Command{Txn: t})
	if err != nil {
		return nil, err
	}
	return r.Txn, nil
}

// Execute has any command executed. The error is a kv.Refusal if the store
// refused it.
func (c *Client) Execute(ctx context.Context, command *kv.Command) (*kv.Result, error) {
	b, err := c.wait(ctx, commandLane, command.Encode())
	if err != nil {
		return nil, fmt.Errorf("client: execute: %w", err)
	}
	return result(b, nil)
}

// Start is Execute for who does not wait: done runs with the outcome, on a
// goroutine that all share, and must not block. It may start further requests.
func (c *Client) Start(command *kv.Command, done func(*kv.Result, error)) {
	c.start(commandLane, command.Encode(), func(b []byte, err error) { done(result(b, err)) })
}

func result(b []byte, err error) (*kv.Result, error) {
	if err != nil {
		return nil, err
	}
	r, err := kv.DecodeResult(b)
	if err == nil && r.Err != 0 {
		err = r.Err
	}
	return r, err
}

// Get returns the pair of a key, nil if there is none.
func (c *Client) Get(ctx context.Context, level rsm.Level, key []byte) (*kv.KeyValue, error) {
	r, err := c.Range(ctx, level, &kv.Range{Key: key})
	if err != nil || len(r.KVs) == 0 {
		return nil, err
	}
	return &r.KVs[0], nil
}

// Range reads an interval. The error is a kv.Refusal if the store refused.
func (c *Client) Range(ctx context.Context, level rsm.Level, q *kv.Range) (*kv.RangeResult, error) {
	question, err := wire.Marshal(q)
	if err != nil {
		return nil, fmt.Errorf("client: range: %w", err)
	}
	b, err := c.wait(ctx, int(min(level, rsm.Serializable)), question)
	if err != nil {
		return nil, fmt.Errorf("client: range: %w", err)
	}
	return rangeResult(b, nil)
}

// StartRange is Range for who does not wait, as Start is Execute.
func (c *Client) StartRange(level rsm.Level, q *kv.Range, done func(*kv.RangeResult, error)) {
	question, err := wire.Marshal(q)
	if err != nil {
		done(nil, fmt.Errorf("client: range: %w", err))
		return
	}
	c.start(int(min(level, rsm.Serializable)), question, func(b []byte, err error) { done(rangeResult(b, err)) })
}

func rangeResult(b []byte, err error) (*kv.RangeResult, error) {
	if err != nil {
		return nil, err
	}
	answer, err := wire.UnmarshalAlias(b)
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	r, ok := answer.(*kv.RangeResult)
	if !ok {
		return nil, fmt.Errorf("client: a %T in answer to a range", answer)
	}
	if r.Err != 0 {
		return r, r.Err
	}
	return r, nil
}
