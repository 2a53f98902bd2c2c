#!/usr/bin/env bash
# Makes the corpora anew: of what is kept and what `run.sh` found, as few inputs as reach everything,
# and of those a sample where they are many. `corpora.sh [TARGET...]`
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
program="${CARGO_TARGET_DIR:-target}/release/fuzz"
targets=("$@")
[ $# -gt 0 ] || read -ra targets < <(MODELGATE_FUZZ=all "$program" 2> /dev/null)
# longer inputs reach what shorter ones do
most_bytes=2048
# bytes of one corpus that the repository keeps, about
most_kept=50000
MODELGATE_SEEDS=target/fuzz/seeds "$program" 2> /dev/null

for target in "${targets[@]}"; do
    old=tests/fuzz/corpus/$target
    new=target/fuzz/corpus/$target
    rm -rf "$new"
    mkdir -p "$new" "$old" "target/fuzz/work/$target"
    MODELGATE_FUZZ=$target "$program" -set_cover_merge=1 -max_len=$most_bytes "$new" "$old" "target/fuzz/work/$target" \
        "target/fuzz/seeds/$target" > "target/fuzz/$target.merge.log" 2>&1
    # of more than that, every so many by length
    every=$(($(cat "$new"/* | wc -c) / most_kept + 1))
    rm -rf "$old"
    mkdir -p "$old"
    find "$new" -type f -printf '%s %p\n' | sort -n | awk -v every="$every" 'NR % every == 0 { print $2 }' | xargs -r cp -t "$old"
    echo "$target: $(find "$old" -type f | wc -l) inputs, $(cat "$old"/* | wc -c) bytes"
done
