FROM --platform=${BUILDPLATFORM} registry.example/tools/translate:v1 AS translate

FROM --platform=${BUILDPLATFORM} golang:1.22-alpine AS builder
ENV CGO_ENABLED=0
RUN apk add --no-cache git
COPY --from=translate /translate /usr/local/bin/translate
WORKDIR /tmp/build
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG TARGETPLATFORM
RUN GOARCH="$(translate ${TARGETPLATFORM} arch)" \
    GOARM="$(translate ${TARGETPLATFORM} arm)" \
    go build -trimpath -ldflags="-s -w" -o entrypoint

FROM scratch
COPY --from=builder --chown=1000 /tmp/build/entrypoint /entrypoint
USER 1000
ENTRYPOINT ["/entrypoint"]
