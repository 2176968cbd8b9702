#!/bin/sh
# Everything that can be said about the code without running its tests. Goes on after a failure and
# names at its end what failed.
bin=.venv/bin
failed=""

step() {
    name=$1
    shift
    echo "— $name"
    "$@" || failed="$failed
  $name"
}

production_settings() {
    DEBUG=0 SECRET_KEY=$("$bin/python" -c 'import secrets; print(secrets.token_urlsafe(60))') \
    ALLOWED_HOSTS=clinic.example.org SITE_URL=https://clinic.example.org \
    EMAIL_URL=smtp+tls://user:password@mail.example.org:587 \
    DATABASE_URL=postgres://clinic@db.example.org/clinic DATABASE_POOL=0 \
        "$bin/python" -W error manage.py check --deploy --fail-level WARNING
}

built_css() {
    if ! command -v npm >/dev/null 2>&1; then
        echo "Node is missing: whether static/css/app.css is fresh was not checked."
        [ -z "$REQUIRE_ALL" ]
        return
    fi
    fresh=$(mktemp)
    sh deploy/css.sh "$fresh" >/dev/null 2>&1 && cmp -s "$fresh" static/css/app.css || {
        echo "static/css/app.css is not what static/src/app.css builds: run \`make css\` and commit it."
        rm -f "$fresh"
        return 1
    }
    rm -f "$fresh"
}

step "ruff check" "$bin/ruff" check .
step "ruff format" "$bin/ruff" format --check .
step "mypy" "$bin/mypy" booking_system records appointments doctors payments accounts notifications core
step "floors (import-linter)" "$bin/lint-imports" --no-logo
step "pages: lint" "$bin/djlint" templates --lint --quiet --extend-exclude templates/emails
# Mail programs read nothing but inline styles.
step "mails: lint" "$bin/djlint" templates/emails --lint --quiet --ignore H006,H015,H021,H023,H030,H031,T002
step "migrations match models" "$bin/python" manage.py makemigrations --check --dry-run
step "frozen migrations stay as they are" "$bin/python" deploy/migration_lock.py --check
step "messages are translated" "$bin/python" deploy/messages.py --check
step "production settings" production_settings
step "built CSS is fresh" built_css

if [ -n "$failed" ]; then
    echo "Failed:$failed"
    exit 1
fi
echo "All checks passed."
