"""Reads a message in hexadecimal and writes it again."""

import sys

import tree_pb2

t = tree_pb2.Tree.FromString(bytes.fromhex(sys.stdin.read().strip()))
assert t.leaf.s == -(1 << 31) and t.HasField("maybe") and t.HasField("money") and t.numbers[0] == -1 and t.last == (1 << 32) - 1
print(t.SerializeToString().hex())
