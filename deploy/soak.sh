#!/bin/sh
# Walks through the clinic at random (tests/soak/) for MINUTES, 10 unless said otherwise: each seed on
# SQLite and then on PostgreSQL, where there is one as for the tests. Ends at the first failure.
# With a SEED it takes that walk only.
: "${TEST_DATABASE_URL:=postgres://postgres@127.0.0.1:5432/booking_system}"
databases="SQLite PostgreSQL"
.venv/bin/python deploy/reach_postgres.py "$TEST_DATABASE_URL" || {
    echo "No PostgreSQL at TEST_DATABASE_URL: on SQLite only."
    databases=SQLite
}

walk() {
    unset DATABASE_URL
    [ "$2" = SQLite ] || export DATABASE_URL="$TEST_DATABASE_URL"
    echo "— Seed $1 on $2"
    SOAK_SEED=$1 .venv/bin/python -m pytest tests/soak -q -p no:cacheprovider
}

end=$(($(date +%s) + ${MINUTES:-10} * 60))
walks=0
while :; do
    seed=${SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
    for database in $databases; do
        walk "$seed" "$database" || {
            echo "Failed on $database, after $walks walks that were good. To repeat it: make soak SEED=$seed"
            exit 1
        }
        walks=$((walks + 1))
    done
    [ -z "$SEED" ] && [ "$(date +%s)" -lt "$end" ] || break
done
echo "$walks walks, all good."
