"""How every client reaches the gate: an address, a bearer token, and the function that the command line names."""

import faulthandler
import os
import sys

GATE = os.environ["GATE"]
BEARER = {"authorization": f"Bearer {os.environ['TOKEN']}"}


def refused(kind, call):
    """Calls, and answers the error, which is of this kind."""
    try:
        answer = call()
    except kind as error:
        return error
    raise AssertionError(f"not refused: {answer!r}")


def main(functions):
    """Calls the function that the command line names; one that hangs is ended, and says where."""
    faulthandler.dump_traceback_later(120, exit=True)
    functions[sys.argv[1]]()
