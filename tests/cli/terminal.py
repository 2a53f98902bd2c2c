"""Runs a command on a pseudo-terminal, answers what it asks, and prints what the terminal showed.

    terminal.py COLUMNS ANSWERS COMMAND [ARGUMENT...]

ANSWERS is a text with a line for each question; a question ends with ": ". The exit status is the command's.
"""

import errno
import fcntl
import os
import pty
import struct
import sys
import termios

size = struct.pack("HHHH", 24, int(sys.argv[1]), 0, 0)
answers = sys.argv[2].split("\n") if sys.argv[2] else []
process, terminal = pty.fork()
if process == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, size)
    os.execvp(sys.argv[3], sys.argv[3:])
shown = bytearray()
asked = 0
while True:
    try:
        part = os.read(terminal, 65536)
    except OSError as error:
        if error.errno != errno.EIO:
            raise
        part = b""
    if not part:
        break
    shown += part
    if answers and shown[asked:].endswith(b": "):
        os.write(terminal, answers.pop(0).encode() + b"\n")
        asked = len(shown)
_, status = os.waitpid(process, 0)
sys.stdout.buffer.write(shown.replace(b"\r\n", b"\n"))
sys.exit(os.waitstatus_to_exitcode(status))
