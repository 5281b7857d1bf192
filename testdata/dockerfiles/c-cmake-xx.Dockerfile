FROM --platform=$BUILDPLATFORM debian:bookworm AS build
# The compiler of the machine that builds
RUN apt-get update && apt-get install -y --no-install-recommends \
        clang \
        cmake \
        # the linker comes from the same project
        lld \
        ninja-build \
    && rm -rf /var/lib/apt/lists/*
COPY --from=tonistiigi/xx:1.4.0 / /
ARG TARGETPLATFORM
RUN xx-apt-get install -y libc6-dev libstdc++-12-dev
WORKDIR /src
COPY CMakeLists.txt .
COPY src/ src/
RUN cmake $(xx-clang --print-cmake-defines) -G Ninja -S . -B /build && cmake --build /build

FROM debian:bookworm-slim
COPY --from=build /build/tool /usr/bin/tool
HEALTHCHECK --interval=5m --timeout=3s CMD tool --ping || exit 1
ENTRYPOINT ["tool"]
