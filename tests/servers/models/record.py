"""What ran, in a file of its own that the tests read: one line `DEED MODEL VERSION` for each deed.

A line is there before the answer is, so that whoever has the answer can read what was done for it. Answers of a model hold
its mark, which no request does.
"""

import os

_file = os.open(os.environ["RAN"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def ran(deed, model, version="-"):
    """Writes one line; small appends are never torn."""
    os.write(_file, f"{deed} {model} {version or '-'}\n".encode())


def mark(model):
    """The text that only answers of this model hold."""
    return f"the mark of {model}"
