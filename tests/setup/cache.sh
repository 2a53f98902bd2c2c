# Where built components live, and how one gets there: made in a scratch folder, then renamed, so that a folder
# that exists is complete. Sourced, never run.

cache_root=${MODELGATE_CACHE:-$HOME/.cache/modelgate}

# cached NAME-VERSION MAKER: prints the folder; when it is missing, calls `MAKER SCRATCH` to fill it first.
cached() {
    local folder=$cache_root/$1 maker=$2 scratch
    mkdir -p "$cache_root"
    (
        flock 9
        [ -d "$folder" ] && exit 0
        echo "install $1" >&2
        scratch=$(mktemp -d "$cache_root/.$1.XXXXXX")
        trap 'chmod -R u+w "$scratch"; rm -rf "$scratch"' EXIT
        mkdir "$scratch/out"
        "$maker" "$scratch" >&2 9>&-
        mv -T "$scratch/out" "$folder"
        echo "install $1: done" >&2
    ) 9>"$cache_root/.$1.lock"
    echo "$folder"
}

# wheel SCRATCH REQUIREMENT: unpacks one wheel, without its dependencies, into SCRATCH/wheel.
wheel() {
    python3 -m venv "$1/venv"
    "$1/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --target "$1/wheel" "$2"
}
