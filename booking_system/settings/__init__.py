"""All settings, each one overridable by an environment variable.

`clinic.py` has what a clinic decides, `people.py` logging in, `admin_look.py` the admin's colours;
here is the machine. `.env.example` lists every variable with its meaning. With DEBUG off the site
refuses to start with a default secret, without allowed hosts or without a mail server: see the end
of the file.
"""

import warnings
from typing import Any

import redis
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from redis.backoff import NoBackoff
from redis.retry import Retry

from booking_system.settings.admin_look import *  # noqa: F403
from booking_system.settings.clinic import *  # noqa: F403
from booking_system.settings.clinic import SITE_NAME
from booking_system.settings.environment import BASE_DIR, DEBUG, env
from booking_system.settings.people import *  # noqa: F403
from booking_system.settings.people import SOCIALACCOUNT_PROVIDERS

# --- Secrets and hosts ----------------------------------------------------------------------
INSECURE_SECRET_KEY = "insecure-development-key-never-use-it-in-production-0123456789"  # noqa: S105
SECRET_KEY = env.str("SECRET_KEY", default=INSECURE_SECRET_KEY)
# Earlier ones: what they signed and encrypted still counts.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1"] if DEBUG else [])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# --- Applications ---------------------------------------------------------------------------
INSTALLED_APPS = [
    "booking_system.apps.BookingSystemConfig",
    "records",
    "appointments",
    "doctors",
    "payments",
    "accounts",
    "notifications",
    "core",
    "unfold.apps.BasicAppConfig",
    "booking_system.apps.ClinicAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "booking_system.apps.SiteStaticFilesConfig",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.google",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "crispy_forms",
    "crispy_tailwind",
    "phonenumber_field",
    "template_partials",
    "huey.contrib.djhuey",
]
if DEBUG:
    # Plays Google where nobody has its keys: see accounts/google_views.py.
    INSTALLED_APPS.append("allauth.socialaccount.providers.dummy")

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.reader",
    "accounts.middleware.session_limits",
    "booking_system.errors.explain_not_allowed",
]

ROOT_URLCONF = "booking_system.urls"
WSGI_APPLICATION = "booking_system.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "booking_system.context_processors.site",
            ],
        },
    },
]

# --- Databases ------------------------------------------------------------------------------
WEB_THREADS = env.int("WEB_THREADS", default=4)
POSTGRES_POOL = {
    "min_size": 1,
    "max_size": WEB_THREADS + 1,
    "timeout": 5,
    # Then the next request tries anew. Left to itself the pool waits longer after each failure, and
    # sleeps on for minutes when the server is back after some.
    "reconnect_timeout": 1,
}
DATABASE_URL = env.str("DATABASE_URL", default="") or f"sqlite:///{BASE_DIR / 'db.sqlite3'}"
DATABASES = {"default": env.db_url_config(DATABASE_URL)}
DATABASE: dict[str, Any] = DATABASES["default"]
if not DATABASE.get("ENGINE", "").endswith(("sqlite3", "postgresql")):
    raise ImproperlyConfigured(
        "DATABASE_URL must look like sqlite:////path/to/file or postgres://user:password@host/name"
    )
if DATABASE["ENGINE"].endswith("sqlite3"):
    DATABASE["ENGINE"] = "django.db.backends.sqlite3"
    # Opening a file anew costs each request more than an empty page does, and the last to close it
    # copies the write-ahead log back. Now and then, so that a file put in its place is noticed.
    DATABASE["CONN_MAX_AGE"] = 60
    # IMMEDIATE: a transaction queues at its start, instead of failing in its middle.
    DATABASE["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
    # A file, not memory: the races of tests/concurrency/ need several connections.
    DATABASE["TEST"] = {"NAME": str(BASE_DIR / "test.sqlite3")}
else:
    DATABASE["CONN_MAX_AGE"] = 0  # psycopg's pool keeps the connections
    DATABASE.setdefault("OPTIONS", {})
    if env.bool("DATABASE_PREPARE", default=True):
        # The server plans a statement once for each connection, not each time.
        DATABASE["OPTIONS"] |= {"server_side_binding": True, "prepare_threshold": 5}
    if env.bool("DATABASE_POOL", default=True):
        DATABASE["OPTIONS"]["pool"] = POSTGRES_POOL
    # The pool tries a connection before it gives it out: after a restart of the server all are
    # stale, and each one would be somebody's error page.
    DATABASE["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# SQLite ignores the INCLUDE columns of an index: it is only slower there.
SILENCED_SYSTEM_CHECKS = ["models.W040"]

# `manage.py test` runs what `make test` does, on the database of these settings.
TEST_RUNNER = "tests.runner.PytestRunner"

# --- Cache, sessions, background work -------------------------------------------------------
REDIS_URL = env.str("REDIS_URL", default="")
# Limits of log-in tries are counted here: in the database, so that no restart forgets them and a
# Redis that is gone lets people log in all the same.
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "django_cache",
        # With the default of 300 a few hundred made-up names would push out what is counted.
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"
if REDIS_URL:
    # Sessions are in the database, too: while Redis is gone they are only slower.
    CACHES["sessions"] = {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {
            "IGNORE_EXCEPTIONS": True,
            "SOCKET_CONNECT_TIMEOUT": 0.5,
            "SOCKET_TIMEOUT": 0.5,
        },
    }
    DJANGO_REDIS_LOG_IGNORED_EXCEPTIONS = True
    SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
    SESSION_CACHE_ALIAS = "sessions"

# Waking the worker is best effort: it may not hold a page up for longer than 0.2 s.
HUEY_WAKE_TIMEOUT = 0.2
HUEY = {
    "name": "booking-system",
    "immediate": False,
    "results": False,
    "store_none": False,
    "consumer": {
        "workers": env.int("WORKER_THREADS", default=2),
        "worker_type": "thread",
        "scheduler_interval": 1,
        "initial_delay": 0.2,
        "max_delay": 2,
        "check_worker_health": True,
        # What supervisors send. By huey's default it cuts tasks off, and the mail that is being
        # sent becomes uncertain; so the worker finishes what it is at.
        "graceful_signal": "TERM",
    },
}
if REDIS_URL:
    HUEY |= {
        "huey_class": "huey.RedisHuey",
        "connection": {
            "connection_pool": redis.ConnectionPool.from_url(
                REDIS_URL,
                socket_connect_timeout=HUEY_WAKE_TIMEOUT,
                retry=Retry(NoBackoff(), 0),
            ),
        },
    }
else:
    HUEY |= {
        "huey_class": "huey.SqliteHuey",
        "connection": {
            "filename": env.str("HUEY_FILE", default=str(BASE_DIR / "huey.sqlite3")),
            "timeout": HUEY_WAKE_TIMEOUT,
        },
    }

# --- Mail -----------------------------------------------------------------------------------
# In development nothing is sent: /dev/mailbox/ shows what would have been.
EMAIL_CONFIG = env.email_url_config(env.str("EMAIL_URL", default="") or "dummymail://")
EMAIL_BACKEND = EMAIL_CONFIG["EMAIL_BACKEND"]
EMAIL_HOST = EMAIL_CONFIG.get("EMAIL_HOST") or "localhost"
EMAIL_PORT = EMAIL_CONFIG.get("EMAIL_PORT") or 25
EMAIL_HOST_USER = EMAIL_CONFIG.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = EMAIL_CONFIG.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = EMAIL_CONFIG.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = EMAIL_CONFIG.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=15)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"{SITE_NAME} <desk@example.org>")

# --- Language, time, files ------------------------------------------------------------------
# Each by its own name: who looks for theirs may read no other. A new one: docs/development.md.
TRANSLATED = {"en": "English", "bn": "বাংলা"}
LANGUAGES = [
    (code, TRANSLATED.get(code, "")) for code in env.list("LANGUAGES", default=["en", "bn"])
]
if not LANGUAGES or not all(name for code, name in LANGUAGES):
    raise ImproperlyConfigured(f"LANGUAGES must name some of {', '.join(TRANSLATED)}")
# For those who ask for none of them.
LANGUAGE_CODE = LANGUAGES[0][0]
LOCALE_PATHS = [BASE_DIR / "locale"]
# What a visitor has chosen; who is signed in has it in their preferences.
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
TIME_ZONE = env.str("TIME_ZONE", default="Asia/Dhaka")
USE_I18N = True
FORMAT_MODULE_PATH = "booking_system.formats"
USE_TZ = True
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = BASE_DIR / "staticfiles"
# Photos that people upload (accounts/photos.py).
MEDIA_URL = "media/"
MEDIA_ROOT = env.str("MEDIA_ROOT", default=str(BASE_DIR / "media"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # What only its owner may fetch, through a page that asks who they are: no server hands it out.
    "private": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": env.str("PRIVATE_ROOT", default=str(BASE_DIR / "private")),
            "base_url": None,
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
# Said here, because tests turn `settings.DEBUG` off. In development `static/` itself is served.
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG
CRISPY_ALLOWED_TEMPLATE_PACKS = "tailwind"
CRISPY_TEMPLATE_PACK = "tailwind"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- Security -------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "frame-ancestors": [NONE],
        # The button of Google is a form, whose answer leads there.
        "form-action": [SELF, "https://accounts.google.com"]
        if SOCIALACCOUNT_PROVIDERS["google"]["APPS"]
        else [SELF],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
KNOWN_DEVICE_COOKIE_NAME = "known_device"
CSRF_FAILURE_VIEW = "booking_system.errors.csrf_failure"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
# Without files. Those are cut off where no photo may go on, however long they say they are.
DATA_UPLOAD_MAX_NUMBER_FILES = 5
FILE_UPLOAD_PERMISSIONS = 0o644
FILE_UPLOAD_HANDLERS = [
    "core.upload_limits.CutOff",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
if not DEBUG:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=True)
    SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", default=True)
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.bool("SECURE_COOKIES", default=True)
    LANGUAGE_COOKIE_SECURE = SESSION_COOKIE_SECURE
    if SESSION_COOKIE_SECURE:
        # Browsers take a cookie of such a name only from this very host, and over HTTPS.
        SESSION_COOKIE_NAME = "__Host-sessionid"
        CSRF_COOKIE_NAME = "__Host-csrftoken"
        KNOWN_DEVICE_COOKIE_NAME = "__Host-known_device"
    if env.bool("BEHIND_PROXY", default=False):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
        # Tries to log in are counted by the visitor's address, not by the proxy's.
        ALLAUTH_TRUSTED_PROXY_COUNT = 1

# --- Logs -----------------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "filters": {"hide_addresses": {"()": "booking_system.logs.HideSecretAddresses"}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["hide_addresses"],
        },
        # gunicorn's lines come with their own time.
        "access": {
            "class": "logging.StreamHandler",
            "stream": "ext://sys.stdout",
            "filters": ["hide_addresses"],
        },
    },
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        # Both bring handlers of their own, and would say everything twice.
        "django": {"handlers": []},
        # With LOG_LEVEL=DEBUG it would say what templates are given, codes among it.
        "django.template": {"level": "INFO"},
        # In place of gunicorn's own handler, which hides nothing.
        "gunicorn.access": {"handlers": ["access"], "level": "INFO", "propagate": False},
        "huey": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
    },
}


# --- Refuse to start insecure ---------------------------------------------------------------
if not DEBUG:
    if SECRET_KEY == INSECURE_SECRET_KEY or len(SECRET_KEY) < 50:
        raise ImproperlyConfigured(
            "SECRET_KEY must be set to a secret of at least 50 characters when DEBUG is off. "
            'Make one: python -c "import secrets; print(secrets.token_urlsafe(50))"'
        )
    if not ALLOWED_HOSTS:
        raise ImproperlyConfigured(
            "ALLOWED_HOSTS must name the site's hosts when DEBUG is off, e.g. clinic.example.org"
        )
    if EMAIL_BACKEND.endswith("dummy.EmailBackend"):
        raise ImproperlyConfigured(
            "EMAIL_URL must name a mail server when DEBUG is off, "
            "e.g. smtp+tls://user:password@mail.example.org:587"
        )
    if DATABASE["ENGINE"].endswith("sqlite3"):
        warnings.warn(
            "SQLite is fine for one small clinic on one machine; for more, set DATABASE_URL "
            "to a PostgreSQL database.",
            stacklevel=1,
        )
