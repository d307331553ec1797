"""Readers as they are on a real network, which ask and then read nothing: stalled.py PORT COUNT REQUEST.

Between two processes of one machine the kernel takes megabytes for each reader, since a segment is 64 KiB there. With
segments as they are on a network, and a small buffer for what arrives, it takes 80 KiB. Node can set neither.
"""

import signal
import socket
import sys

port, count, request = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3].encode()
readers = []
for _ in range(count):
    reader = socket.socket()
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    reader.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1400)
    reader.connect(("127.0.0.1", port))
    reader.sendall(request)
    readers.append(reader)
print("asked", flush=True)
signal.pause()
