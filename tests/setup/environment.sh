# A Python environment of its own for one component. Sourced, never run.

# environment FOLDER ARGUMENT...: a virtual environment with what `pip install ARGUMENT...` installs. The folder may be
# renamed afterwards as long as its programs are started by `bin/python -m MODULE`: the scripts in `bin` keep the old name.
environment() {
    local folder=$1
    shift
    python3 -m venv "$folder"
    "$folder/bin/pip" install --quiet --disable-pip-version-check "$@"
}
