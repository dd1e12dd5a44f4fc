# The images of docker-compose.yml, one stage each: `api` (serves the page, without TensorFlow) and `worker`.
# The worker's build argument LOCK chooses its packages: `worker` (CPU) or `worker-gpu` (with the CUDA libraries).
# Base images are named by tag and digest: Dependabot moves both.

FROM node:24-bookworm-slim@sha256:0e0ff40c39bc087845bfb27465a0df4ea419520094bc35842ff83dd8cbe6f9b6 AS page
WORKDIR /page
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN --mount=type=cache,target=/cache npm ci --cache /cache --no-audit --no-fund
COPY frontend/ ./
RUN npm run build


FROM python:3.11-slim-bookworm@sha256:0bee7276f83efd4a1ee05bbbf4281d95ed28e079220a9457f25a93e3f1e3c31b AS base
ENV PATH=/opt/lab/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp \
    LAB_DATA=/data
RUN useradd --uid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin lab \
    && install --directory --owner 10001 --group 10001 --mode 0700 /data /data/datasets
WORKDIR /srv


FROM base AS installer
# Whoever builds behind a proxy with a certificate of its own has it in the base image's store.
ENV UV_SYSTEM_CERTS=1
COPY requirements/bootstrap.txt requirements/
RUN --mount=type=cache,target=/cache pip install --cache-dir /cache --quiet --require-hashes --only-binary=:all: -r requirements/bootstrap.txt \
    && uv venv --quiet --no-project --python /usr/local/bin/python3 /opt/lab


FROM installer AS api-packages
COPY requirements/api.txt requirements/
COPY launch/slim.py launch/
RUN --mount=type=cache,target=/cache uv pip sync --cache-dir /cache --quiet --no-build --require-hashes --compile-bytecode \
    --link-mode=copy --python /opt/lab/bin/python requirements/api.txt \
    && python launch/slim.py /opt/lab/lib/python3.11/site-packages


FROM installer AS worker-packages
ARG LOCK=worker
COPY requirements/${LOCK}.txt requirements/
RUN --mount=type=cache,target=/cache uv pip sync --cache-dir /cache --quiet --no-build --require-hashes --compile-bytecode \
    --link-mode=copy --python /opt/lab/bin/python requirements/${LOCK}.txt


FROM base AS api
COPY --from=api-packages /opt/lab /opt/lab
COPY lab ./
COPY launch/healthcheck.py launch/
COPY core/ core/
COPY app/ app/
RUN python -m compileall -q app core launch
COPY --from=page /page/dist frontend/dist
# A container listens on its own network: who asks needs the token that is made at the first start.
ENV HOST=0.0.0.0 PORT=8000 LAB_TOKEN=generate
USER 10001:10001
VOLUME /data
EXPOSE 8000
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Constraint Lab: API" \
      org.opencontainers.image.description="Weight-constraint experiments in Keras: the REST API, the live stream and the page" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --start-interval=1s CMD ["python", "-m", "launch.healthcheck", "api"]
CMD ["python", "-m", "app"]


FROM base AS worker
COPY --from=worker-packages /opt/lab /opt/lab
COPY launch/healthcheck.py launch/
COPY core/ core/
COPY worker/ worker/
RUN python -m compileall -q core launch worker
# On a GPU, slots share its memory as they need it.
ENV TF_FORCE_GPU_ALLOW_GROWTH=true
USER 10001:10001
VOLUME /data
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Constraint Lab: worker" \
      org.opencontainers.image.description="Weight-constraint experiments in Keras: a worker that trains with TensorFlow" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
HEALTHCHECK --interval=15s --timeout=10s --start-period=120s --start-interval=2s CMD ["python", "-m", "launch.healthcheck", "worker"]
CMD ["python", "-m", "celery", "-A", "worker.main:celery", "worker", "--loglevel", "INFO", \
    "--without-mingle", "--without-gossip", "--without-heartbeat"]
