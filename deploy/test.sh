#!/bin/sh
# Runs the tests on SQLite, then on PostgreSQL where there is one: TEST_DATABASE_URL, or a server at
# 127.0.0.1:5432 that trusts "postgres". The browser's journeys run on PostgreSQL, one smoke on SQLite.
# With REQUIRE_ALL=1 a missing PostgreSQL or Chromium is a failure. ARGS are given on to pytest.
pytest=".venv/bin/python -m pytest -n ${TEST_PROCESSES:-2} --dist loadgroup $ARGS"
missing=""
failed=""
browser=""

. deploy/chromium.sh
if [ -z "$CHROMIUM" ]; then
    browser=" and not browser and not smoke"
    missing="$missing
  no Chromium found: the journeys in the browser did not run"
fi

echo "— On SQLite"
env -u DATABASE_URL $pytest -m "(smoke or not browser)$browser" || failed=1

: "${TEST_DATABASE_URL:=postgres://postgres@127.0.0.1:5432/booking_system}"
if .venv/bin/python deploy/reach_postgres.py "$TEST_DATABASE_URL"; then
    echo "— On PostgreSQL"
    DATABASE_URL=$TEST_DATABASE_URL $pytest -m "${browser#" and "}" || failed=1
else
    missing="$missing
  no PostgreSQL at TEST_DATABASE_URL: nothing ran on it, nor the longer journeys in the browser"
fi

if [ -n "$missing" ]; then
    echo "Not everything ran:$missing"
    [ -z "$REQUIRE_ALL" ] || failed=1
fi
[ -z "$failed" ]
