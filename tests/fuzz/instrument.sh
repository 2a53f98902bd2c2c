#!/usr/bin/env bash
# The compiler for `RUSTC_WORKSPACE_WRAPPER`: what reads a stranger's bytes is compiled so that libFuzzer sees which of its
# branches run, and with every assertion; all else as it is.
set -euo pipefail
compiler=$1
shift
case " $* " in
    *" --crate-name policies "* | *" --crate-name scan "* | *" --crate-name compiler "*)
        exec "$compiler" "$@" -C debug-assertions=on -C passes=sancov-module -C llvm-args=-sanitizer-coverage-level=4 \
            -C llvm-args=-sanitizer-coverage-inline-8bit-counters -C llvm-args=-sanitizer-coverage-pc-table \
            -C llvm-args=-sanitizer-coverage-trace-compares
        ;;
    *) exec "$compiler" "$@" ;;
esac
