#!/bin/sh
# Runs the tests on SQLite and on PostgreSQL, where there is one: TEST_DATABASE_URL, or a server at
# 127.0.0.1:5432 that trusts "postgres". What is the same on any database runs once, on PostgreSQL if
# there is one; so do the browser's journeys, but for a smoke. FULL=1: everything on both.
# With REQUIRE_ALL=1 a missing PostgreSQL or Chromium is a failure. ARGS are given on to pytest: with
# them it is enough that one of the runs finds something to do.
processes=${TEST_PROCESSES:-2}
pytest=".venv/bin/python -m pytest --dist loadgroup $ARGS"
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

: "${TEST_DATABASE_URL:=postgres://postgres@127.0.0.1:5432/booking_system}"
if .venv/bin/python deploy/reach_postgres.py "$TEST_DATABASE_URL"; then
    postgres=1
else
    postgres=""
    missing="$missing
  no PostgreSQL at TEST_DATABASE_URL: nothing ran on it"
fi

try() {
    $pytest "$@"
    case $? in
        0) ran=1 ;;
        5) [ -n "$ARGS" ] || failed=1 ;;
        *) failed=1 ;;
    esac
}

# run DATABASE TESTS JOURNEYS: the latter two as pytest's -m. The browser's own event loop stays in
# its process, so that journeys never run beside other tests. They wait half of their time.
run() {
    echo "— On $1"
    try -n "$processes" -m "$2"
    [ -z "$CHROMIUM" ] || try -n $((2 * processes)) -m "$3" $journeys
}

all="not browser and not smoke"
unset DATABASE_URL
if [ -n "$FULL" ] || [ -z "$postgres" ]; then
    run SQLite "$all" browser
else
    run SQLite "$all and not any_database" smoke
fi
if [ -n "$postgres" ]; then
    export DATABASE_URL=$TEST_DATABASE_URL
    run PostgreSQL "$all" browser
fi

if [ -n "$missing" ]; then
    echo "Not everything ran:$missing"
    [ -z "$REQUIRE_ALL" ] || failed=1
fi
[ -z "$failed" ] && [ -n "$ran" ]
