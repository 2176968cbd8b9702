#!/bin/sh
# Makes .venv and installs pinned requirements. A stamp of their contents makes a second run quick.
# Usage: deploy/venv.sh <python> <requirements file>
python=$1
requirements=$2

say() { echo "$*" >&2; }

command -v "$python" >/dev/null 2>&1 || {
    say "Python 3.11 or newer is needed, but there is no \"$python\" here. Choose one: make PYTHON=/path/to/python3.12 run"
    exit 1
}
# Sums go by content: `git checkout` changes times, a second start should not mind.
stamp=$(cat requirements*.txt | cksum) || exit 1
for done in .venv/.installed-requirements-dev.txt ".venv/.installed-$requirements"; do
    [ -x .venv/bin/python ] && [ "$(cat "$done" 2>/dev/null)" = "$stamp" ] && exit 0
done

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
    say "Python 3.11 or newer is needed, but \"$python\" is $("$python" --version 2>&1). Choose one: make PYTHON=python3.12 run"
    exit 1
}
if ! .venv/bin/python -c 'import pip' 2>/dev/null; then
    echo "Making .venv …"
    rm -rf .venv
    "$python" -m venv .venv >/dev/null 2>&1 || {
        say "Python can't make a virtual environment here. On Debian or Ubuntu: apt-get install python3-venv"
        rm -rf .venv
        exit 1
    }
fi
echo "Installing $requirements (a minute or two, only once) …"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --retries 2 \
    --requirement "$requirements" >.venv/install.log 2>&1 || {
    say "Could not install $requirements. Is there a network connection? What pip said is in .venv/install.log"
    exit 1
}
echo "$stamp" >".venv/.installed-$requirements"
