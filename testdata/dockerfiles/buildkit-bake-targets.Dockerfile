# syntax=docker/dockerfile:1
# check=skip=StageNameCasing;error=true

ARG GO_VERSION="1.22"
ARG XX_VERSION=1.4.0
ARG DOCKER_VERSION=26.1 \
    BUILDKIT_VERSION=v0.13

FROM --platform=$BUILDPLATFORM tonistiigi/xx:${XX_VERSION} AS xx
FROM moby/buildkit:${BUILDKIT_VERSION} AS buildkit
FROM --platform=$BUILDPLATFORM golang:${GO_VERSION}-alpine AS GoLatest

FROM golatest AS gobase
COPY --from=xx / /
ENV GOFLAGS=-mod=vendor \
    CGO_ENABLED=0
WORKDIR /src

# build makes the binary
FROM gobase AS build
ARG TARGETPLATFORM
RUN --mount=type=bind,target=. \
  --mount=type=cache,target=/root/.cache \
  --mount=type=bind,from=buildkit,source=/usr/bin/buildctl,target=/bin/buildctl \
  --mount=type=tmpfs,target=/tmp/scratch,size=64m \
  xx-go build -o /out/tool ./cmd/tool && xx-verify --static /out/tool

FROM scratch AS binaries-unix
COPY --link --from=build /out/tool /tool

FROM binaries-unix AS binaries-linux
FROM binaries-unix AS binaries-darwin
FROM binaries-$TARGETOS AS binaries

FROM --platform=$BUILDPLATFORM alpine AS releaser
WORKDIR /work
ARG TARGETPLATFORM
ARG TARGETVARIANT
RUN --mount=from=binaries --network=none tar czf /out${TARGETVARIANT:+-}$TARGETVARIANT.tgz -C / tool
