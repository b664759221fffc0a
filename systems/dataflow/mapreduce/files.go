package mapreduce

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/parleysystems/parley/kernel/wire"
	"github.com/parleysystems/parley/node"
	"github.com/parleysystems/parley/systems/dataflow/task"
)

// Files is the global file system, as far as MapReduce needs one: a node that keeps
// whole outputs. An attempt writes under a private name, and Commit gives that the
// name of its partition in one step, so readers see nothing or a whole output of one
// execution (section 3.3). The first commit wins.
//
//	new/JOB/PARTITION.TOKEN    private; removed when the node starts
//	out/JOB/PARTITION          whole and durable
type Files struct {
	env     node.Env
	log     node.Log // of fences that were raised
	fences  map[string]*task.Fence
	private map[string]*draft     // by name
	sealing map[string][]petition // by final name: the first is being committed, others wait
}

// draft is a private output.
type draft struct {
	file  node.File
	bytes int64
	sum   uint32
	ahead map[int64][]byte // by offset: what overtook what comes before it, at most maxAhead
}

// maxAhead bounds what a draft keeps in memory because it came too early. Writers have no
// more than window under way.
const maxAhead = window

// petition is a Commit and who sent it.
type petition struct {
	from node.Addr
	*Commit
}

// NewFiles returns the node.
func NewFiles() *Files {
	return &Files{fences: map[string]*task.Fence{}, private: map[string]*draft{}, sealing: map[string][]petition{}}
}

// OutputName returns the file, within the node's directory, that holds the output of a
// partition.
func OutputName(job string, partition int) string { return fmt.Sprintf("out/%s/%05d", job, partition) }

// Start implements node.Node.
func (f *Files) Start(env node.Env) {
	f.env = env
	names, err := env.Disk().List("new/")
	for _, name := range names {
		err = errors.Join(err, env.Disk().Remove(name))
	}
	if err != nil {
		env.Halt(fmt.Errorf("mapreduce: outputs that were never committed: %w", err))
		return
	}
	f.remember()
}

// remember reads which masters were shut out, and forgets the records that later ones
// make superfluous.
func (f *Files) remember() {
	f.log = f.env.Log("fences")
	records := 0
	for lsn, record := range f.log.Records(0) {
		v, err := wire.Unmarshal(record)
		t, ok := v.(*Term)
		if err != nil || !ok {
			f.env.Halt(fmt.Errorf("mapreduce: fence %d cannot be read: %v", lsn, err))
			return
		}
		f.raise(*t)
		records++
	}
	if records < 2*len(f.fences)+64 {
		return
	}
	next := f.log.Next()
	for _, job := range slices.Sorted(maps.Keys(f.fences)) {
		f.append(Term{job, f.fences[job].Epoch()})
	}
	f.log.Trim(next)
}

func (f *Files) append(t Term) {
	b, err := wire.Marshal(&t)
	if err != nil {
		panic(fmt.Sprintf("mapreduce: fence of job %s: %v", t.Job, err))
	}
	f.log.Append(b)
}

// raise returns false if the fence stands higher already.
func (f *Files) raise(t Term) bool {
	fence := f.fences[t.Job]
	if fence == nil {
		fence = new(task.Fence)
		f.fences[t.Job] = fence
	}
	return fence.Raise(t.Epoch)
}

// Receive implements node.Node.
func (f *Files) Receive(from node.Addr, m node.Message) {
	switch m := m.(type) {
	case *Open:
		f.open(from, m)
	case *Put:
		if f.admits(m.Term, m.Token, m.Partition) {
			f.put(from, m)
		}
	case *Commit:
		if f.admits(m.Term, m.Token, m.Partition) {
			f.commit(from, m)
		}
	}
}

// open raises the fence of a job, and lists what is there.
func (f *Files) open(from node.Addr, o *Open) {
	if o.Term.Job == "" || strings.ContainsAny(o.Term.Job, "/\\.") {
		f.env.Send(from, &Opened{Term: o.Term, Problem: fmt.Sprintf("%q is no name for a job", o.Term.Job)})
		return
	}
	if !f.raise(o.Term) {
		return // a master that has a successor
	}
	f.append(o.Term) // durable before the answer leaves
	answer := &Opened{Term: o.Term}
	names, err := f.env.Disk().List("out/" + o.Term.Job + "/")
	if err != nil {
		answer.Problem = err.Error()
	}
	for _, name := range names {
		if p, err := strconv.Atoi(name[strings.LastIndexByte(name, '/')+1:]); err == nil {
			answer.Have = append(answer.Have, p)
		}
	}
	f.env.Send(from, answer)
}

// admits tells whether an attempt may write.
func (f *Files) admits(t Term, token task.Token, partition int) bool {
	fence := f.fences[t.Job]
	return fence != nil && fence.Admits(token) && t.Epoch == token.Epoch && partition >= 0 && partition < MaxPartitions
}

// name returns that of an attempt's output before it is committed. Written straight to
// the final one, a crash would leave a part of it there, and two executions a mixture.
func (f *Files) name(job string, partition int, token task.Token) string {
	//parley:rule mapreduce.commit.reduce-atomic-rename value=OutputName(job,partition)
	return fmt.Sprintf("new/%s/%05d.%s", job, partition, token)
}

func (f *Files) draft(name string) (*draft, error) {
	if d := f.private[name]; d != nil {
		return d, nil
	}
	file, err := f.env.Disk().Create(name)
	if err != nil {
		return nil, err
	}
	d := &draft{file: file}
	f.private[name] = d
	return d, nil
}

// put appends what is next, and says how much is there.
func (f *Files) put(from node.Addr, p *Put) {
	answer := &Held{Term: p.Term, Partition: p.Partition, Token: p.Token}
	d, err := f.draft(f.name(p.Term.Job, p.Partition, p.Token))
	if err == nil {
		err = d.take(p.Offset, p.Data)
	}
	if err != nil {
		answer.Problem = err.Error()
	} else {
		answer.Bytes = d.bytes
	}
	f.env.Send(from, answer)
}

// take appends bytes if they are the next, and what is known to come behind them. A network
// that changes the order of messages costs a little memory then, and no second sending.
func (d *draft) take(at int64, data []byte) error {
	if at > d.bytes && len(d.ahead) < maxAhead {
		if d.ahead == nil {
			d.ahead = map[int64][]byte{}
		}
		d.ahead[at] = data
	}
	for next := at == d.bytes && len(data) > 0; next; data, next = d.ahead[d.bytes] {
		delete(d.ahead, d.bytes)
		if _, err := d.file.WriteAt(data, d.bytes); err != nil {
			return err
		}
		d.sum = crc32.Update(d.sum, castagnoli, data)
		d.bytes += int64(len(data))
	}
	return nil
}

// commit makes a draft durable, and then the partition's output unless there is one.
// While one commit of a partition is under way others wait for what becomes of it.
func (f *Files) commit(from node.Addr, c *Commit) {
	final, name := OutputName(c.Term.Job, c.Partition), f.name(c.Term.Job, c.Partition, c.Token)
	if under := f.sealing[final]; len(under) > 0 {
		if len(under) < maxWaiting {
			f.sealing[final] = append(under, petition{from, c})
		}
		return
	}
	if f.exists(final) {
		f.discard(name)
		f.answer(from, c, false, nil)
		return
	}
	d, err := f.draft(name)
	switch {
	case err != nil:
		f.answer(from, c, false, err)
	case d.bytes != c.Length:
		f.env.Send(from, &Held{Term: c.Term, Partition: c.Partition, Token: c.Token, Bytes: d.bytes})
	case d.sum != c.Sum:
		f.discard(name)
		f.answer(from, c, false, fmt.Errorf("what arrived has the sum %08x, what was sent %08x", d.sum, c.Sum))
	default:
		f.sealing[final] = []petition{{from, c}}
		f.seal(final, name, d)
	}
}

// maxWaiting bounds the commits that wait for another; those beyond it ask again.
const maxWaiting = 64

// seal makes a draft durable and then gives it its name, which is durable before anybody
// is told.
func (f *Files) seal(final, name string, d *draft) {
	d.file.Sync(func(err error) {
		if err != nil {
			f.discard(name)
			f.sealed(final, err)
			return
		}
		f.env.Disk().Rename(name, final, func(err error) {
			d.file.Close()
			delete(f.private, name)
			if err == nil {
				f.env.Note("output committed", slog.String("name", final))
			}
			f.sealed(final, err)
		})
	})
}

// sealed tells all that waited. Once there is an output, drafts for it are of no use.
func (f *Files) sealed(final string, err error) {
	under := f.sealing[final]
	delete(f.sealing, final)
	for _, c := range under {
		f.answer(c.from, c.Commit, err == nil && c.Token == under[0].Token, err)
	}
	if err == nil {
		drafts := f.name(under[0].Term.Job, under[0].Partition, task.Token{})
		drafts = strings.TrimSuffix(drafts, task.Token{}.String())
		for _, name := range slices.Sorted(maps.Keys(f.private)) {
			if strings.HasPrefix(name, drafts) {
				f.discard(name)
			}
		}
	}
}

func (f *Files) answer(to node.Addr, c *Commit, first bool, err error) {
	answer := &Committed{Term: c.Term, Partition: c.Partition, Token: c.Token, First: first}
	if err != nil {
		answer.Problem = err.Error()
	}
	f.env.Send(to, answer)
}

func (f *Files) exists(name string) bool {
	file, err := f.env.Disk().Open(name)
	if err == nil {
		file.Close()
	}
	return err == nil || !errors.Is(err, fs.ErrNotExist)
}

func (f *Files) discard(name string) {
	if d := f.private[name]; d != nil {
		d.file.Close()
		delete(f.private, name)
		_ = f.env.Disk().Remove(name) // it goes at the next start at the latest
	}
}
