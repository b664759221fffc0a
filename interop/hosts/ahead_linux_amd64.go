package hosts

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// startAhead starts a process whose wall clock is ahead of the machine's by whole
// seconds. Programs do not ask the kernel for the time but run the kernel's code in
// their own memory (the vDSO), where nobody can lie to one process and not to the
// others, unless that code is another: it is replaced while the process stands
// still, before its first instruction. So all of the program has the wrong clock,
// TLS and gRPC included. The clock that never steps is left alone, as an operator
// who sets the time leaves it.
func startAhead(command *exec.Cmd, ahead time.Duration) error {
	runtime.LockOSThread() // only the thread that traces may touch the process
	defer runtime.UnlockOSThread()
	command.SysProcAttr = &syscall.SysProcAttr{Ptrace: true}
	if err := command.Start(); errors.Is(err, syscall.EPERM) {
		return fmt.Errorf("%w: %w", errNoShift, err)
	} else if err != nil {
		return err
	}
	pid := command.Process.Pid
	var status syscall.WaitStatus
	_, err := syscall.Wait4(pid, &status, 0, nil)
	if err == nil && !status.Stopped() {
		err = fmt.Errorf("it does not stand still at its first instruction: status %#x", status)
	}
	if err == nil {
		err = replaceClock(pid, ahead)
	}
	if err = errors.Join(err, syscall.PtraceDetach(pid)); err != nil {
		return errors.Join(fmt.Errorf("shift its clock: %w", err), command.Process.Kill(), command.Wait())
	}
	return nil
}

// replaceClock writes over the code by which a process reads clocks.
func replaceClock(pid int, ahead time.Duration) error {
	from, to, err := kernelCode(pid)
	if err != nil {
		return err
	}
	memory, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		return err
	}
	defer memory.Close()
	image := make([]byte, to-from)
	if _, err := memory.ReadAt(image, int64(from)); err != nil {
		return err
	}
	file, err := elf.NewFile(bytes.NewReader(image))
	if err != nil {
		return err
	}
	symbols, err := file.DynamicSymbols()
	if err != nil {
		return err
	}
	for _, s := range symbols {
		if s.Name == "__vdso_clock_gettime" {
			_, err := syscall.PtracePokeText(pid, from+uintptr(s.Value), clockCode(int32(ahead/time.Second)))
			return err
		}
	}
	return errors.New("the kernel's code in the process has no clock_gettime")
}

// kernelCode returns where the kernel's code lies in a process.
func kernelCode(pid int) (from, to uintptr, err error) {
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(maps)) {
		if strings.HasSuffix(strings.TrimSpace(line), "[vdso]") {
			_, err := fmt.Sscanf(line, "%x-%x", &from, &to)
			return from, to, err
		}
	}
	return 0, 0, errors.New("the process has none of the kernel's code")
}

// clockCode is clock_gettime(clock in edi, result at rsi) for a clock that is ahead.
// It is longer than what it replaces may be, and Go's runtime calls nothing else of
// what lies there.
func clockCode(seconds int32) []byte {
	code := []byte{
		0xb8, 228, 0, 0, 0, // mov eax, clock_gettime
		0x0f, 0x05, // syscall
		0x85, 0xff, // test edi, edi: the wall clock is clock 0
		0x75, 0x07, // jne to the end
		0x48, 0x81, 0x06, // add qword ptr [rsi], seconds
	}
	code = binary.LittleEndian.AppendUint32(code, uint32(seconds))
	return append(code, 0xc3) // ret
}
