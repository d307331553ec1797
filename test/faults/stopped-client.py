"""
Readers that ask for a stream and never read a byte of it. They are as far ones are, with small segments and a small window, which
Node cannot ask for: near ones have megabytes each from the kernel, and a thousand of them all that it has for the whole machine.
"""

import json
import os
import selectors
import socket
import struct

SEGMENT_BYTES = 1_400
WINDOW_BYTES = 32_768
RESET_AT_CLOSE = struct.pack("ii", 1, 0)

readers = []


def connect(port, regions, count):
    for _ in range(count):
        reader = socket.socket()
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, WINDOW_BYTES)
        reader.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT_BYTES)
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_CLOSE)
        reader.connect(("127.0.0.1", port))
        reader.sendall(f"GET /events?regions={regions} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        reader.setblocking(False)
        readers.append(reader)


def sip(count):
    """Each reads so many bytes more, and stops again."""
    with selectors.DefaultSelector() as waiting:
        for reader in readers:
            waiting.register(reader, selectors.EVENT_READ, [count])
        while waiting.get_map():
            for key, _ in waiting.select():
                got = len(key.fileobj.recv(min(key.data[0], 65_536)))
                key.data[0] -= got
                if got == 0 or key.data[0] == 0:
                    waiting.unregister(key.fileobj)


def leave():
    """They are gone from here, whatever is on its way to them."""
    for reader in readers:
        reader.close()
    readers.clear()


# What Node's fork() has opened: a line of JSON for each message. It ends with its parent.
with socket.socket(fileno=int(os.environ["NODE_CHANNEL_FD"])).makefile("rw") as channel:
    for line in channel:
        message = json.loads(line)
        globals()[message["what"]](*message["args"])
        channel.write(json.dumps({"id": message["id"]}) + "\n")
        channel.flush()
