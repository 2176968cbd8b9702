# One image for web server, worker and scheduler: compose.yaml says which is which.
# It holds no settings but these few and no secrets; the rest comes from the environment (.env.example).
# The version of Python is the one that the tests run on (pyproject.toml).

FROM python:3.11-slim-bookworm AS packages
RUN python -m venv /opt/venv
COPY requirements.txt /tmp/
RUN /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --requirement /tmp/requirements.txt

FROM python:3.11-slim-bookworm
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DEBUG=false
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin clinic \
    && install --directory --owner=10001 --mode=700 /private
COPY --from=packages /opt/venv /opt/venv
WORKDIR /site
COPY . .
# What DEBUG=false asks for is made up here and is not kept: collecting files needs none of it.
RUN SECRET_KEY=$(python -c 'import secrets; print(secrets.token_urlsafe(50))') \
    ALLOWED_HOSTS=build EMAIL_URL=smtp://build DATABASE_URL=postgres://build/b REDIS_URL=redis://build \
    python manage.py collectstatic --no-input --verbosity 0 \
    && python -m compileall -q . \
    && mkdir media && chown 10001 media
# The files stay root's: whoever breaks into the site can't change it. A new volume takes over
# whose the folder of photos is.
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s CMD ["python", "deploy/probe.py"]
CMD ["gunicorn", "--config", "deploy/gunicorn.conf.py", "--bind", "0.0.0.0:8000", "booking_system.wsgi"]
