#!/usr/bin/env bash
# Looks for inputs that break a reader: `run.sh LIMITS [TARGET...]`, all targets unless some are named, two at a time. LIMITS are
# options of libFuzzer, such as `-max_total_time=60`.
# What is found new goes to target/fuzz/work, where `make fuzz-corpora` takes it from, or to the folder WORK; an input that breaks something goes to
# target/fuzz/broken, and its reader counts as failed. The last line counts readers like tests.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
read -ra limits <<< "$1"
shift
folder=target/fuzz
work=${WORK:-$folder/work}
program="${CARGO_TARGET_DIR:-target}/release/fuzz"
targets=("$@")
[ $# -gt 0 ] || read -ra targets < <(MODELGATE_FUZZ=all "$program" 2> /dev/null)

MODELGATE_SEEDS=$folder/seeds "$program" 2> /dev/null

look() {
    target=$1
    mkdir -p "$work/$target" "$folder/broken/$target"
    MODELGATE_FUZZ=$target "$program" "${limits[@]}" -max_len="$(MODELGATE_FUZZ=$target MODELGATE_LONGEST=1 "$program" 2> /dev/null)" \
        -timeout=20 -rss_limit_mb=2048 -artifact_prefix="$folder/broken/$target/" -print_final_stats=1 \
        "$work/$target" "tests/fuzz/corpus/$target" "$folder/seeds/$target" > "$folder/$target.log" 2>&1
}

failed=0
while [ ${#targets[@]} -gt 0 ]; do
    pair=("${targets[@]:0:2}")
    targets=("${targets[@]:2}")
    declare -A running=()
    for target in "${pair[@]}"; do
        look "$target" &
        running[$target]=$!
    done
    for target in "${pair[@]}"; do
        if wait "${running[$target]}"; then
            grep -a "^#.*DONE" "$folder/$target.log" | sed "s/^/$target: /"
            echo "test fuzz: $target ... ok"
        else
            failed=$((failed + 1))
            echo "test fuzz: $target ... FAILED"
            grep -a -A 3 "panicked\|ERROR\|Test unit" "$folder/$target.log" | sed "s/^/$target: /" || tail "$folder/$target.log"
        fi
    done
    passed=$((${passed:-0} + ${#pair[@]}))
done
if [ "$failed" -gt 0 ]; then verdict=FAILED; else verdict=ok; fi
echo "test result: $verdict. $((passed - failed)) passed; $failed failed"
[ "$failed" -eq 0 ]
