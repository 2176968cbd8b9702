#!/bin/sh
# Runs the tests as if now were a moment at which dates go wrong, by the clock of faketime (Debian's
# package), on SQLite: ordinary tests and the browser's journeys. AT="2027-02-28 12:00" takes one
# moment (UTC); ARGS are given on to pytest.
command -v faketime >/dev/null 2>&1 || {
    echo "faketime is missing. On Debian or Ubuntu: apt-get install faketime"
    exit 1
}
. deploy/chromium.sh
unset DATABASE_URL
failed=""

run() {
    echo "— As if it were $1 UTC: $2"
    for tests in "not browser and not smoke" browser; do
        [ "$tests" = browser ] && [ -z "$CHROMIUM" ] && continue
        # Debian's faketime 0.9 fakes the steady clock too, so that waiting with a time limit never
        # ends; without it sleeping fails, for which there is a sitecustomize. Node needs it faked.
        waiting="FAKETIME_DONT_FAKE_MONOTONIC=1 PYTHONPATH=$PWD/deploy/faketime"
        [ "$tests" = browser ] && waiting=""
        env TZ=UTC $waiting faketime "$1" .venv/bin/python -m pytest -q -n "${TEST_PROCESSES:-2}" --dist loadgroup \
            -p no:cacheprovider -m "$tests" $ARGS
        case $? in
            0 | 5) ;;
            *) failed="$failed
  $1 ($2): $tests" ;;
        esac
    done
}

if [ -n "$AT" ]; then
    run "$AT" "as asked"
else
    run "2026-11-30 17:59:00" "the last minute of a month in Dhaka"
    run "2026-12-31 23:59:00" "the last minute of a year"
    run "2028-02-29 12:00:00" "29 February"
    run "2027-03-28 00:59:00" "the clocks are about to go forward in Berlin"
    run "2026-10-25 00:59:00" "the clocks are about to go back in Berlin"
fi

[ -z "$failed" ] || {
    echo "Failed:$failed"
    exit 1
}
