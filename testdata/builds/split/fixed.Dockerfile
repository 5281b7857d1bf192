# With a name of its own, the image is the build platform's, and all steps but the last are shared.
FROM --platform=$BUILDPLATFORM translate AS translate-here

FROM --platform=$BUILDPLATFORM golang:alpine AS build
COPY --from=translate-here /translate /usr/local/bin/translate
WORKDIR /tmp/build
RUN --mount=type=cache,id=runs,target=/runs echo download >> /runs/log
COPY source .
ARG TARGETPLATFORM
RUN --mount=type=cache,id=runs,target=/runs \
    echo compile >> /runs/log && translate "$TARGETPLATFORM" > architecture

FROM alpine
COPY --from=build /tmp/build/architecture /architecture
