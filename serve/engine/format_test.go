package engine_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/parleysystems/parley/serve/engine"
	"github.com/parleysystems/parley/systems/txn/schemes"
)

// What stands in docs/formats.md is enough to read a database, and to recover one that
// was killed, without the engine: the files format_*_test.go were written from that
// document, with the standard library alone, and have to find what the engine finds.
func TestFormatsAreAsDocumented(t *testing.T) {
	dir := t.TempDir()
	o := &engine.Options{PageSize: 512, Memory: 64 * 512, Checkpoint: 300, SegmentSize: 64 << 10}
	db := open(t, dir, o)
	for i := range 400 {
		err := db.Update(func(tx *engine.Tx) error {
			if err := tx.Put(fmt.Appendf(nil, "key %d", i*37%200), make([]byte, i%90)); err != nil {
				return err
			}
			if i%20 == 0 {
				return tx.Put(fmt.Appendf(nil, "long %d", i%60), bytes.Repeat([]byte{byte(i)}, 2000+i))
			}
			if i%7 == 0 {
				return tx.Delete(fmt.Appendf(nil, "key %d", i*31%200))
			}
			if i%11 == 0 {
				return errors.New("rolled back")
			}
			return nil
		})
		if err != nil && i%11 != 0 {
			t.Fatal(err)
		}
	}
	copied := backup(t, db)
	want := dump(t, db)
	must(t, db.Close())
	same(t, "closed", readClosed(t, dir), want)
	same(t, "backup", readBackup(t, copied), want)
}

// The recovery of a killed process's database, as the document has it, comes to what the
// engine's own restart comes to.
func TestRecoveryFromTheDocumentAlone(t *testing.T) {
	dir := t.TempDir()
	from := 0
	for round := range 3 {
		for _, n := range killAfter(t, dir, from, 150+round*50) {
			from = max(from, n+1)
		}
		from += 10
		got := readKilled(t, dir)
		db := open(t, dir, nil)
		same(t, fmt.Sprint("killed, round ", round), got, dump(t, db))
		must(t, db.Close())
	}
}

// So it does with a transaction that was open for long: its pages had split and merged,
// and its long values have taken pages, when the process was killed.
func TestUndoFromTheDocumentAlone(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), killed+"="+dir, killed+"_OPEN=1")
	_, err := cmd.StdinPipe() // which stays open
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	must(t, cmd.Process.Kill())
	_ = cmd.Wait() // it was killed
	if err != nil || line != "open\n" {
		t.Fatalf("%q, %v", line, err)
	}
	m := readMaster(t, dir)
	losers := toUndo(readLog(t, filepath.Join(dir, "log"), "engine", m.base))
	ways := map[byte]int{}
	for _, r := range losers {
		ways[r.undo]++
	}
	if ways[2] < 100 || ways[3] < 10 {
		t.Fatalf("what is to be undone: %v", ways)
	}
	got := readKilled(t, dir)
	same(t, "killed", got, dump(t, open(t, dir, nil)))
}

// leaveOpen has a transaction open, much of which is on the disk as another commits.
func leaveOpen(dir string) error {
	locking, err := schemes.Find("2pl")
	if err != nil {
		return err
	}
	db, err := engine.Open(dir, &engine.Options{PageSize: 512, Memory: 64 * 512, Checkpoint: 150, Scheme: locking.New})
	if err != nil {
		return err
	}
	for i := range 300 {
		err := db.Update(func(tx *engine.Tx) error {
			return tx.Put(fmt.Appendf(nil, "key %03d", i), bytes.Repeat([]byte{byte(i)}, i%100+(i%50/49)*1500))
		})
		if err != nil {
			return err
		}
	}
	tx, err := db.Begin(true)
	if err != nil {
		return err
	}
	for i := 20; i < 280; i++ {
		key := fmt.Appendf(nil, "key %03d", i)
		switch {
		case i%3 == 0:
			err = tx.Delete(key)
		case i%10 == 0:
			err = tx.Put(append(key, " is new"...), make([]byte, 1000))
		default:
			err = tx.Put(key, make([]byte, 120))
		}
		if err != nil {
			return err
		}
	}
	return db.Update(func(tx *engine.Tx) error { return tx.Put([]byte("key 001"), []byte("committed")) })
}

func dump(t *testing.T, db *engine.DB) map[string]string {
	t.Helper()
	all := map[string]string{}
	must(t, db.View(func(tx *engine.Tx) error {
		for key, value := range tx.Ascend(nil, nil) {
			all[string(key)] = string(value)
		}
		return tx.Err()
	}))
	return all
}

func same(t *testing.T, name string, got, want map[string]string) {
	t.Helper()
	for key, value := range want {
		if v, found := got[key]; !found || v != value {
			t.Fatalf("%s: key %q has %d bytes (found: %v), and should have %d", name, key, len(v), found, len(value))
		}
	}
	if len(got) != len(want) || len(want) == 0 {
		t.Fatalf("%s: %d keys, and should be %d", name, len(got), len(want))
	}
}

// readClosed reads a database that was closed: its pages are all there is.
func readClosed(t *testing.T, dir string) map[string]string {
	t.Helper()
	m := readMaster(t, dir)
	pages := readPages(t, file(t, dir, "pages/data"), m.pageSize)
	for id, p := range pages {
		if p.damage != "" {
			t.Fatalf("page %d: %s", id, p.damage)
		}
	}
	return pages.entries(t, nil)
}

// readKilled recovers a database: mends torn pages, repeats history, and takes back what
// had not committed.
func readKilled(t *testing.T, dir string) map[string]string {
	t.Helper()
	m := readMaster(t, dir)
	pages := readPages(t, file(t, dir, "pages/data"), m.pageSize)
	pages.mend(t, file(t, dir, "pages/double"), m.pageSize)
	records := readLog(t, filepath.Join(dir, "log"), "engine", m.base)
	pages.redo(t, records)
	losers := toUndo(records)
	pages.undo(losers)
	return pages.entries(t, losers)
}

// master is the master record.
type master struct {
	sequence, checkpoint, base, keep uint64
	pageSize                         int
}

func readMaster(t *testing.T, dir string) (m master) {
	t.Helper()
	b := file(t, dir, "pages/master")
	good := 0
	for _, at := range []int{0, 512} {
		r := b[at:]
		if string(r[:8]) != "PARLEYDB" || sum(0, r[12:52]) != le32(r[8:]) || le32(r[12:]) != 1 {
			continue
		}
		good++
		if s := le64(r[16:]); s > m.sequence {
			m = master{s, le64(r[24:]), le64(r[32:]), le64(r[40:]), int(le32(r[48:]))}
		}
	}
	if good == 0 || m.pageSize < 512 {
		t.Fatalf("%d good master records; %+v", good, m)
	}
	return m
}

// readBackup makes the state of a backup: its pages, and the log that makes them one.
func readBackup(t *testing.T, b []byte) map[string]string {
	t.Helper()
	if string(b[:8]) != "PARLEYBK" || sum(0, b[12:48]) != le32(b[8:]) || le32(b[12:]) != 1 {
		t.Fatal("the header of the backup")
	}
	size, from := int(le64(b[40:])), le64(b[24:])
	pages, next, count := pageSet{}, from, uint64(0)
	var records []logRecord
	for b = b[48:]; ; {
		kind, n := b[0], int(le32(b[1:]))
		data := b[9 : 9+n]
		if sum(sum(0, b[:5]), data) != le32(b[5:]) {
			t.Fatalf("the checksum of a block of kind %q", kind)
		}
		b = b[9+n:]
		switch kind {
		case 'P':
			pages[le32(data)] = readPage(data[4:][:size], le32(data))
			count++
		case 'L':
			if le64(data) != next {
				t.Fatalf("record %d, and %d is due", le64(data), next)
			}
			records = append(records, parseRecord(t, next, data[8:]))
			next++
		case 'E':
			if le64(data) != next-1 || le64(data[8:]) != count || le64(data[16:]) != next-from || len(b) > 0 {
				t.Fatal("the end of the backup")
			}
			pages.redo(t, records)
			return pages.entries(t, nil)
		}
	}
}

func file(t *testing.T, dir, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	must(t, err)
	return b
}

var iscsi = crc32.MakeTable(crc32.Castagnoli)

func sum(start uint32, b []byte) uint32 { return crc32.Update(start, iscsi, b) }
func le16(b []byte) int                 { return int(binary.LittleEndian.Uint16(b)) }
func le32(b []byte) uint32              { return binary.LittleEndian.Uint32(b) }
func le64(b []byte) uint64              { return binary.LittleEndian.Uint64(b) }
