"""Runs a command on a pseudo-terminal of 80 columns, answers what it asks, and prints what the terminal showed.

    terminal.py ANSWERS COMMAND [ARGUMENT...]

ANSWERS is a text with a line for each question; a question ends with ": ". The exit status is the command's.
"""

import errno
import fcntl
import os
import pty
import struct
import sys
import termios

answers = sys.argv[1].split("\n") if sys.argv[1] else []
process, terminal = pty.fork()
if process == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
shown = b""
asked = 0
while True:
    try:
        part = os.read(terminal, 4096)
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
