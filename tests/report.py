#!/usr/bin/env python3
"""Run make targets one after the other and add up what their tests say.

Usage: report.py TARGET...

All targets run, also after a failure. The tests of a target are counted from libtest's result lines (`test result: ok.
X passed; Y failed`), which every suite of ours prints. A target that fails without a failed test, or that runs no test
at all, counts as one failure. What failed is named again at the end; the last line is `N passed, N failed`.
"""

import os
import re
import subprocess
import sys

FAILURE = re.compile(r"^test (.+?)\s+\.\.\. FAILED")
RESULT = re.compile(r"^test result: (?:ok|FAILED)\. (\d+) passed; (\d+) failed")


def run(target):
    """How many tests of one target passed and failed, and which failed; its output is passed on line by line."""
    command = [os.environ.get("MAKE", "make"), "--no-print-directory", target]
    passed = failed = 0
    names = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        for raw in process.stdout:
            sys.stdout.buffer.write(raw)
            sys.stdout.buffer.flush()
            line = raw.decode(errors="replace")
            failure = FAILURE.match(line)
            if failure:
                names.append(failure[1])
            result = RESULT.match(line)
            if result:
                passed += int(result[1])
                failed += int(result[2])
    if process.returncode != 0 and failed == 0:
        print(f"`make {target}` ended with status {process.returncode}")
        failed = 1
    if passed + failed == 0:
        print(f"`make {target}` ran no test")
        failed = 1
    return passed, failed, names


def main(targets):
    if not targets:
        sys.exit("name the make targets to run, such as `report.py test-fast`")
    tallies = {target: run(target) for target in targets}
    print()
    for target, (passed, failed, names) in tallies.items():
        print(f"{target}: {passed} passed, {failed} failed")
        for name in names:
            print(f"    {name}")
    passed = sum(tally[0] for tally in tallies.values())
    failed = sum(tally[1] for tally in tallies.values())
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
