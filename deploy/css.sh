#!/bin/sh
# Builds static/css/app.css from static/src/app.css with Tailwind's command line.
# Usage: deploy/css.sh [output file]
out=${1:-static/css/app.css}
command -v npm >/dev/null 2>&1 || {
    echo "Node is needed to build the CSS (the site itself runs without it)." >&2
    exit 1
}
cd static/src || exit 1
# package.json pins exact versions. No lock file: npm writes one that lacks the platforms it did not
# install on, and `npm ci` refuses it elsewhere.
if [ ! -x node_modules/.bin/tailwindcss ] || [ package.json -nt node_modules/.package-lock.json ]; then
    npm install --silent --no-package-lock --no-audit --no-fund || exit 1
    touch node_modules/.package-lock.json
fi
case $out in /*) ;; *) out=../../$out ;; esac
exec node_modules/.bin/tailwindcss --input app.css --output "$out" --minify
