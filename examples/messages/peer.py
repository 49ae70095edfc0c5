"""The other process in Python: descriptor 3 is the memory, 4 the socket. Sends each message back with its bytes reversed."""
import mmap
import os
import select
import socket
import struct

HEADER, PREFIX, SKIP = 256, 8, -1
HEAD, TAIL, ASLEEP, BLOCKED = 0, 16, 32, 48
memory = mmap.mmap(3, os.fstat(3).st_size)
wire = socket.socket(fileno=4)
capacity = len(memory) // 2 - HEADER


class Ring:
    """One writer, one reader. Python has no atomics: this order holds on x86, and elsewhere the look at each timeout finds what it misses."""

    def __init__(self, offset):
        self.words = memoryview(memory)[offset : offset + HEADER + capacity].cast("i")
        self.bytes = memoryview(memory)[offset + HEADER : offset + HEADER + capacity]

    def take(self):
        head, tail = self.words[HEAD], self.words[TAIL]
        if head == tail:
            return None
        at = tail % capacity
        if self.words[(HEADER + at) // 4] == SKIP:
            tail, at = tail + capacity - at, 0
        length = self.words[(HEADER + at) // 4]
        message = bytes(self.bytes[at + PREFIX : at + PREFIX + length])
        self.words[TAIL] = signed(tail + (PREFIX + length + 7 & ~7))
        return message

    def push(self, message):
        head, tail = self.words[HEAD], self.words[TAIL]
        size = PREFIX + len(message) + 7 & ~7
        to_end = capacity - head % capacity
        skipped = 0 if size <= to_end else to_end
        if (head - tail) % 2**32 + skipped + size > capacity:
            return False
        if skipped:
            self.words[(HEADER + head % capacity) // 4] = SKIP
        at = (head + skipped) % capacity
        self.words[(HEADER + at) // 4] = len(message)
        self.bytes[at + PREFIX : at + PREFIX + len(message)] = message
        self.words[HEAD] = signed(head + skipped + size)
        return True

    def wakes(self, word):
        waits = self.words[word] == 1
        self.words[word] = 0
        return waits


def signed(count):
    return struct.unpack("i", struct.pack("I", count % 2**32))[0]


def wait():
    """False once the other side has gone."""
    ready, _, _ = select.select([wire], [], [], 0.02)
    return not ready or wire.recv(4096) != b""


incoming, outgoing = Ring(0), Ring(HEADER + capacity)
while True:
    message = incoming.take()
    if message is None:
        incoming.words[ASLEEP] = 1
        if not wait():
            break
        continue
    if incoming.wakes(BLOCKED):
        wire.send(b"\1")
    while not outgoing.push(message[::-1]):
        outgoing.words[BLOCKED] = 1
        if not wait():
            raise SystemExit
    if outgoing.wakes(ASLEEP):
        wire.send(b"\1")
