# syntax=docker/dockerfile:1
ARG GO_VERSION=1.22

FROM --platform=$BUILDPLATFORM golang:${GO_VERSION}-alpine AS build
WORKDIR /src
ARG TARGETOS TARGETARCH
RUN --mount=target=. \
    --mount=type=cache,target=/root/.cache/go-build \
    --mount=type=cache,target=/go/pkg \
    GOOS=$TARGETOS GOARCH=$TARGETARCH go build -o /out/app .

FROM scratch AS artifact
COPY --link --from=build /out/app /

FROM gcr.io/distroless/static:nonroot
COPY --link --from=artifact /app /usr/local/bin/app
USER 65532:65532
ENTRYPOINT [ "/usr/local/bin/app" ]
