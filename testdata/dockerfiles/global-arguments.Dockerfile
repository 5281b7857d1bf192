ARG REGISTRY=docker.io
ARG VERSION=3.20
ARG FLAVOUR=${VERSION:+alpine}
ARG REQUIRED

FROM ${REGISTRY}/library/${FLAVOUR:-alpine}:${VERSION%.*} AS base
ARG VERSION
ARG REQUIRED=${VERSION/./-}
RUN echo $VERSION $REQUIRED
FROM base AS Final
COPY --from=BASE /etc/os-release /
FROM --platform=linux/arm64 base
