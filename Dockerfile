# The theme is compiled in a first stage, with a Node that the second one does without.
FROM python:3.11-slim AS assets
WORKDIR /portal
COPY requirements-uv.txt requirements.lock requirements-main.lock package.json package-lock.json .npmrc ./
RUN pip install --no-cache-dir --require-hashes -r requirements-uv.txt \
    && uv pip install --system --no-cache --require-hashes -r requirements.lock
COPY . .
RUN python -m crm_portal.assets --install && python -m crm_portal.assets

FROM python:3.11-slim
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PORTAL_VAR=/var/lib/portal
WORKDIR /portal
COPY requirements-uv.txt requirements-main.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements-uv.txt \
    && uv pip install --system --no-cache --require-hashes -r requirements-main.lock \
    && useradd --system --home-dir /var/lib/portal --create-home portal
COPY . .
COPY --from=assets /portal/static/build static/build
RUN SECRET_KEY=only-for-this-step python manage.py collectstatic --no-input --ignore=scss
USER portal
EXPOSE 8000
CMD ["gunicorn", "crm_portal.wsgi", "--bind=0.0.0.0:8000", "--workers=2", "--threads=4", \
     "--no-control-socket", "--worker-tmp-dir=/dev/shm"]
