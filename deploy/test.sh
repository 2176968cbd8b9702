#!/bin/sh
# Runs the tests on SQLite, then on PostgreSQL where there is one: TEST_DATABASE_URL, or a server at
# 127.0.0.1:5432 that trusts "postgres". The browser's journeys run on PostgreSQL, one smoke on SQLite.
# With REQUIRE_ALL=1 a missing PostgreSQL or Chromium is a failure. ARGS are given on to pytest: with
# them it is enough that one of the runs finds something to do.
pytest=".venv/bin/python -m pytest -n ${TEST_PROCESSES:-2} --dist loadgroup $ARGS"
journeys=tests/journeys
[ -z "$ARGS" ] || journeys=""
missing=""
failed=""
ran=""

. deploy/chromium.sh
if [ -z "$CHROMIUM" ]; then
    missing="$missing
  no Chromium found: the journeys in the browser did not run"
fi

try() {
    $pytest "$@"
    case $? in
        0) ran=1 ;;
        5) [ -n "$ARGS" ] || failed=1 ;;
        *) failed=1 ;;
    esac
}

# The browser's own event loop stays in its process, so that journeys never run beside other tests.
run() {
    try -m "not browser and not smoke"
    [ -z "$CHROMIUM" ] || try -m "$1" $journeys
}

echo "— On SQLite"
unset DATABASE_URL
run smoke

: "${TEST_DATABASE_URL:=postgres://postgres@127.0.0.1:5432/booking_system}"
if .venv/bin/python deploy/reach_postgres.py "$TEST_DATABASE_URL"; then
    echo "— On PostgreSQL"
    export DATABASE_URL=$TEST_DATABASE_URL
    run browser
else
    missing="$missing
  no PostgreSQL at TEST_DATABASE_URL: nothing ran on it, nor the longer journeys in the browser"
fi

if [ -n "$missing" ]; then
    echo "Not everything ran:$missing"
    [ -z "$REQUIRE_ALL" ] || failed=1
fi
[ -z "$failed" ] && [ -n "$ran" ]
