# syntax=docker/dockerfile:1.7

FROM --platform=$BUILDPLATFORM tonistiigi/xx AS xx

FROM --platform=$BUILDPLATFORM rust:1.78-alpine AS base
COPY --from=xx / /
RUN apk add clang lld
WORKDIR /app

FROM base AS build
ARG TARGETPLATFORM
RUN xx-apk add --no-cache musl-dev gcc
RUN --mount=type=bind,source=src,target=src \
    --mount=type=bind,source=Cargo.toml,target=Cargo.toml \
    --mount=type=bind,source=Cargo.lock,target=Cargo.lock \
    --mount=type=cache,target=/app/target/,id=rust-${TARGETPLATFORM} \
    --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    <<EOF
set -e
xx-cargo build --locked --release --target-dir ./target
cp ./target/$(xx-cargo --print-target-triple)/release/server /bin/server
xx-verify /bin/server
EOF

FROM alpine:3.20 AS final
ARG UID=10001
RUN adduser --disabled-password --gecos "" --home /nonexistent \
    --shell /sbin/nologin --no-create-home --uid "${UID}" appuser
USER appuser
COPY --from=build /bin/server /bin/
EXPOSE 8000
CMD ["/bin/server"]
