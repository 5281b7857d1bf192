ARG PYTHON=3.12
FROM python:${PYTHON} AS wheels
COPY pyproject.toml uv.lock /src/
RUN pip wheel --wheel-dir=/wheels -r <(python -c 'import tomllib; print("\n".join(tomllib.load(open("/src/pyproject.toml", "rb"))["project"]["dependencies"]))')

FROM python:${PYTHON}-slim
ARG PYTHON
LABEL org.opencontainers.image.title="service" \
      org.opencontainers.image.description="Serves what it says" \
      python=${PYTHON}
RUN --mount=type=bind,from=wheels,source=/wheels,target=/wheels pip install --no-index /wheels/*.whl
COPY --chown=nobody:nogroup --chmod=0755 src /app
USER nobody
WORKDIR /app
ENTRYPOINT ["python", "-m", "service"]
CMD ["--help"]
