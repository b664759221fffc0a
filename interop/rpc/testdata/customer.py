"""Calls a bank, and says in JSON, a line at a time, what came of it."""

import json
import socket
import struct
import sys

import bank_pb2 as bank
import calls
import frames_pb2 as frames


def say(**what):
    print(json.dumps(what), flush=True)


def failure(call):
    try:
        call()
    except calls.CallError as e:
        return {"status": e.status, "text": e.text}
    return None


def promises(address):
    """One call of each promise, many at the same time, and the errors."""
    c = calls.Client(address)
    b = c.call("bank.Accounts/Book", bank.Order(account="ann", cents=10000, purpose=""), bank.Balance)
    say(step="book", cents=b.cents, kind=bank.Kind.Name(b.kind), purpose=b.entries[0].order.HasField("purpose"))
    say(step="look", cents=c.call("bank.Accounts/Look", bank.Query(account="ann"), bank.Balance).cents)
    n = c.call("bank.Accounts/Dispense", bank.Order(cents=8500), bank.Notes)
    say(step="dispense", notes=list(n.values))
    orders = [bank.Order(account="ann", cents=-1) for _ in range(100)]
    say(step="many", cents=sorted(b.cents for b in c.many("bank.Accounts/Book", orders, bank.Balance)))
    say(step="overdraft", **failure(lambda: c.call("bank.Accounts/Book", bank.Order(account="ann", cents=-10000), bank.Balance)))
    say(step="no method", **failure(lambda: c.call("bank.Accounts/Burn", bank.Order(), bank.Notes)))
    say(step="bad arguments", **failure(lambda: c.call("bank.Accounts/Book", Garbage(), bank.Balance)))
    say(step="connections", n=c.connections)
    c.close()
    say(step="refused", reason=refused(address))


class Garbage:
    """Is no message: a field of which only half is there."""

    @staticmethod
    def SerializeToString():
        return b"\x0a\xff"


def refused(address):
    """Says hello in a version that there is not."""
    host, port = address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=30) as s:
        body = frames.Hello(version=9, name="me").SerializeToString()
        s.sendall(struct.pack(">IB", len(body) + 1, calls.HELLO) + body)
        data = b""
        while more := s.recv(4096):
            data += more
    return frames.Refusal.FromString(data[5:]).reason


def book(address, count, journal):
    """Exactly once: books cents until the journal has as many calls as that."""
    c = calls.Client(address, journal=journal)
    say(step="resumed", n=c.resume())
    while c.last < count:
        b = c.call("bank.Accounts/Book", bank.Order(account="bob", cents=1), bank.Balance)
        say(step="booked", number=c.last, cents=b.cents)
    say(step="end", calls=c.last, connections=c.connections)


def dispense(address, count):
    """At most once: asks for banknotes."""
    c, had, doubt = calls.Client(address), 0, 0
    for n in range(count):
        e = failure(lambda: c.call("bank.Accounts/Dispense", bank.Order(account=str(n), cents=500), bank.Notes))
        had += e is None
        doubt += e is not None and e["status"] == calls.IN_DOUBT
        say(step="asked", number=n + 1)
    say(step="end", had=had, doubt=doubt, connections=c.connections)
    c.close()


def look(address, account):
    """At least once."""
    say(step="look", cents=calls.Client(address).call("bank.Accounts/Look", bank.Query(account=account), bank.Balance).cents)


if __name__ == "__main__":
    match sys.argv[2:]:
        case ["promises"]:
            promises(sys.argv[1])
        case ["book", count, journal]:
            book(sys.argv[1], int(count), journal)
        case ["dispense", count]:
            dispense(sys.argv[1], int(count))
        case ["look", account]:
            look(sys.argv[1], account)
        case _:
            sys.exit("customer.py ADDRESS promises | book COUNT JOURNAL | dispense COUNT | look ACCOUNT")
