"""How gunicorn serves the site. Place and size come from the environment."""

from pathlib import Path

import environ

env = environ.Env()
environ.Env.read_env(Path(__file__).resolve().parent.parent / ".env")

bind = f"{env.str('BIND', default='127.0.0.1')}:{env.str('PORT', default='8000')}"
workers = env.int("WEB_WORKERS", default=2)
threads = env.int("WEB_THREADS", default=4)
# Each worker says by a file that it lives: on a disk that is busy this may come too late.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
accesslog = "-"
# What is being answered when it is told to stop gets so many seconds.
graceful_timeout = 30
