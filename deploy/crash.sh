#!/bin/sh
# kill -9 while people use the site: on SQLite, then on PostgreSQL where there is one (TEST_DATABASE_URL,
# or a server at 127.0.0.1:5432 that trusts "postgres"). KILLS on each, 200 if not said; SEED repeats a drill.
# With REQUIRE_ALL=1 a missing PostgreSQL is a failure.
drill=".venv/bin/python -W ignore -m tests.drills crash --kills ${KILLS:-200} ${SEED:+--seed $SEED}"
failed=""

$drill || failed=1
: "${TEST_DATABASE_URL:=postgres://postgres@127.0.0.1:5432/booking_system}"
if .venv/bin/python deploy/reach_postgres.py "$TEST_DATABASE_URL"; then
    $drill --postgres "$TEST_DATABASE_URL" || failed=1
else
    echo "No PostgreSQL at TEST_DATABASE_URL: nothing was killed on it."
    [ -z "$REQUIRE_ALL" ] || failed=1
fi
[ -z "$failed" ]
