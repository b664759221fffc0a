"""A client of Parley's calls: the frames of docs/calls.md, and nothing of Parley's.

A call that has no result is sent again under its number, over a new connection if need be. With a
journal, that goes on after this process has died: each call is in the journal before it is sent.
"""

import json
import os
import secrets
import socket
import struct
import time

import frames_pb2 as frames

HELLO, WELCOME, REFUSAL, CALL, RESULT, BYE = range(1, 7)
OK, FAILED, NO_METHOD, BAD_ARGUMENTS, OVERLOADED, DISCARDED, IN_DOUBT = range(1, 8)


class CallError(Exception):
    """A call that the server answered with another status than OK."""

    def __init__(self, status, text):
        super().__init__(f"status {status}: {text}")
        self.status, self.text = status, text


class Refused(Exception):
    """The server ended the connection, and said why."""


class Journal:
    """The calls of a client, in a file: what began is written before it is sent."""

    def __init__(self, path):
        self.name, self.last, self.open = secrets.token_hex(16), 0, {}
        if os.path.exists(path):
            with open(path, encoding="utf-8") as f:
                for line in f:
                    self._replay(line)
        self.file = open(path, "a", encoding="utf-8")
        self._write({"name": self.name})

    def _replay(self, line):
        if not line.endswith("\n"):
            return  # the process died while it wrote: what that would have been was not sent
        record = json.loads(line)
        self.name = record.get("name", self.name)
        if "begin" in record:
            self.last = record["begin"]
            self.open[self.last] = (record["method"], bytes.fromhex(record["args"]))
        if "end" in record:
            del self.open[record["end"]]

    def _write(self, record):
        self.file.write(json.dumps(record) + "\n")
        self.file.flush()
        os.fsync(self.file.fileno())

    def begin(self, number, method, args):
        self._write({"begin": number, "method": method, "args": args.hex()})

    def end(self, number):
        self._write({"end": number})


class Client:
    """Makes one call at a time, or several with their results in any order (many)."""

    def __init__(self, address, journal=None, retry_after=2.0):
        self.address, self.retry_after = address, retry_after
        self.journal = Journal(journal) if journal else None
        self.name = self.journal.name if self.journal else secrets.token_hex(16)
        self.last = self.journal.last if self.journal else 0
        self.open = dict(self.journal.open) if self.journal else {}
        self.socket = None
        self.connections = 0

    # Connections.

    def _connect(self):
        host, port = self.address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout=self.retry_after)
        self._send(HELLO, frames.Hello(version=1, name=self.name))
        kind, body = self._receive()
        if kind != WELCOME:
            raise ConnectionError(f"a frame of kind {kind} in place of a welcome")
        self.welcome = frames.Welcome.FromString(body)
        self.connections += 1

    def _send(self, kind, message):
        body = message.SerializeToString()
        self.socket.sendall(struct.pack(">IB", len(body) + 1, kind) + body)

    def _receive(self):
        length, kind = struct.unpack(">IB", self._exactly(5))
        body = self._exactly(length - 1)
        if kind == REFUSAL:
            raise Refused(frames.Refusal.FromString(body).reason)
        return kind, body

    def _exactly(self, n):
        data = b""
        while len(data) < n:
            more = self.socket.recv(n - len(data))
            if not more:
                raise ConnectionError("the connection is closed")
            data += more
        return data

    def close(self):
        """Ends a client that has all its results. Without a journal nobody will use its name again."""
        if self.socket and not self.open and not self.journal:
            self._send(BYE, frames.Bye())
        self.drop()

    def drop(self):
        if self.socket:
            self.socket.close()
        self.socket = None

    # Calls.

    def _mark(self):
        return min(self.open) - 1 if self.open else self.last

    def _begin(self, method, args):
        self.last += 1
        if self.journal:
            self.journal.begin(self.last, method, args)
        self.open[self.last] = (method, args)
        return self.last

    def _end(self, number):
        del self.open[number]
        if self.journal:
            self.journal.end(number)

    def _request(self, number):
        method, args = self.open[number]
        self._send(CALL, frames.Call(number=number, mark=self._mark(), method=method, args=args))

    def _finish(self, numbers):
        """Sends the calls until all have results, which it returns by number."""
        results = {}
        while len(results) < len(numbers):
            try:
                if not self.socket:
                    self._connect()
                missing = [n for n in numbers if n not in results]
                for number in missing:
                    self._request(number)
                while any(n not in results for n in missing):
                    kind, body = self._receive()
                    if kind != RESULT:
                        raise Refused(f"a server does not send frames of kind {kind}")
                    r = frames.Result.FromString(body)
                    if r.status != OVERLOADED and r.number in self.open:
                        results[r.number] = r
            except OSError:  # lost, refused by nobody, or too slow: again
                self.drop()
                time.sleep(0.05)
        return results

    def many(self, method, requests, kind):
        """Makes calls at the same time, and returns their results in order."""
        numbers = [self._begin(method, r.SerializeToString()) for r in requests]
        results = self._finish(numbers)
        return [self._result(n, results[n], kind) for n in numbers]

    def call(self, method, request, kind):
        """Makes a call and returns its result, a message of that kind."""
        return self.many(method, [request], kind)[0]

    def resume(self):
        """Ends the calls that an earlier process has left open; returns how many."""
        left = sorted(self.open)
        for number in self._finish(left):
            self._end(number)
        return len(left)

    def _result(self, number, r, kind):
        self._end(number)
        if r.status != OK:
            raise CallError(r.status, r.result.decode())
        return kind.FromString(r.result)
