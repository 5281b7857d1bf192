# make help lists the targets.

PREFIX ?= /usr/local
DESTDIR ?=
# The configuration to install and document: release, or debug for a faster build.
CONFIGURATION ?= release

SWIFT ?= swift
PACKAGES ?= scripts/install/packages
BUILD_PACKAGES = libcurl4-openssl-dev libssl-dev libnghttp2-dev libpsl-dev libidn2-dev libunistring-dev libbrotli-dev \
    libarchive-dev liblzma-dev libbz2-dev libdeflate-dev libzstd-dev zlib1g-dev libjansson-dev libtomlplusplus-dev \
    libyaml-dev libsqlite3-dev
TEST_PACKAGES = docker-registry skopeo umoci apache2-utils nginx-light curl openssl mandoc zsh fish \
    libarchive-tools libcap2-bin bzip2 xz-utils zstd pigz python3 python3-pip crun runc qemu-user-static \
    slirp4netns uidmap fuse-overlayfs buildah podman openssh-server
DEMO_PACKAGES = python3 python3-pip runc
BENCH_PACKAGES = docker-registry skopeo curl openssl hyperfine time python3 runc buildah

# Without a local rpath, so that libraries beside the program never replace the system's. At a fixed address, like
# programs written in Go: saving 42 000 relocations speeds up the start by a tenth.
# libstdc++ is linked statically, too: its folder has nothing but the static library.
STATIC_LIBRARIES = .build/static-libraries
RELEASE = -c release --static-swift-stdlib --disable-local-rpath -Xswiftc -Xclang-linker -Xswiftc -no-pie \
    -Xswiftc -Xclang-linker -Xswiftc -static-libgcc -Xlinker --no-export-dynamic -Xlinker -L$(CURDIR)/$(STATIC_LIBRARIES)
# Tests mostly wait for programs; more of them at once would exceed the time limits.
TESTS_AT_ONCE ?= 8
BINARIES = .build/$(CONFIGURATION)
MANUAL_TOOL = .build/debug/generate-manual
SANITIZED = thread address
# Swift's own crash handler would interfere with the sanitizers.
THREAD_SANITIZER = SWIFT_BACKTRACE=enable=no TSAN_OPTIONS="suppressions=$(CURDIR)/testdata/sanitize/thread"

# As for the sanitizers, everything is built once more. What the fuzzer is told to watch is our code alone.
FUZZER = .build-fuzz/debug/fuzzer
FUZZER_LIBRARY = $(shell $(SWIFT) -print-target-info | sed -n 's/.*"runtimeResourcePath": "\(.*\)".*/\1/p')/clang/lib/linux/libclang_rt.fuzzer_no_main-$(shell uname -m).a
FUZZER_FLAGS = -Xswiftc -Xfrontend -Xswiftc -sanitize=fuzzer -Xcc -fsanitize=fuzzer-no-link \
    -Xlinker $(FUZZER_LIBRARY) -Xlinker -lstdc++
FUZZ_SECONDS ?= 600
FUZZ_AT_ONCE ?= 2

.PHONY: all build manual demo test stress fuzz fuzzer lint bench install install-files test-sanitize clean help \
    build-packages demo-packages test-packages bench-packages $(SANITIZED:%=test-sanitize-%)

all: build

## build (the default): builds the program, .build/release/imgtool
build: build-packages $(STATIC_LIBRARIES)
	$(SWIFT) build $(if $(filter release,$(CONFIGURATION)),$(RELEASE)) --product imgtool

# The newest one, as the linker chooses.
$(STATIC_LIBRARIES): build-packages
	@mkdir -p $@
	@ln -sf "$$(ls /usr/lib/gcc/*/*/libstdc++.a | sort -V | tail -n 1)" $@

## demo: creates an index of images and builds one for several platforms, without any server
demo: build-packages demo-packages
	$(SWIFT) build --product imgtool
	PATH="$(CURDIR)/.build/debug:$$PATH" scripts/demo/run

## test: runs lint, all tests, and ten seconds of fuzzing for each target
test: build-packages test-packages lint
	$(SWIFT) build --build-tests
	$(SWIFT) build --product generate-manual
	$(SWIFT) test --experimental-maximum-parallelization-width $(TESTS_AT_ONCE)
	$(MAKE) --no-print-directory fuzz FUZZ_SECONDS=10 FUZZ_AT_ONCE=6

## stress: builds generated Dockerfiles concurrently for ten minutes; then for two under the thread sanitizer
stress: build-packages test-packages
	$(SWIFT) build --product imgtool
	PATH="$(CURDIR)/.build/debug:$$PATH" scripts/stress/run --seconds 600
	PATH="$(CURDIR)/.build/debug:$$PATH" scripts/stress/crashes
	$(SWIFT) build --product imgtool --sanitize=thread --scratch-path .build-tsan
	PATH="$(CURDIR)/.build-tsan/debug:$$PATH" $(THREAD_SANITIZER) scripts/stress/run --seconds 120 --scale 0.2

## fuzz: fuzzes everything that parses untrusted input, FUZZ_SECONDS (600) for each target
fuzz: fuzzer
	testdata/fuzz/run --seconds $(FUZZ_SECONDS) --at-once $(FUZZ_AT_ONCE) $(FUZZER)

fuzzer: build-packages
	IMGTOOL_FUZZER=1 $(SWIFT) build --product fuzzer --scratch-path .build-fuzz $(FUZZER_FLAGS)

## lint: checks the formatting of all Swift files
lint:
	$(SWIFT) format lint --strict --recursive --parallel Package.swift Sources Tests

## test-sanitize: runs all tests under the thread sanitizer, then under the address sanitizer
test-sanitize: $(SANITIZED:%=test-sanitize-%)

$(SANITIZED:%=test-sanitize-%): test-sanitize-%: build-packages test-packages
	$(THREAD_SANITIZER) $(SWIFT) test --sanitize=$* --scratch-path .build-$(if $(filter thread,$*),tsan,asan)

## bench: compares with curl, skopeo, and crane, regctl and buildx if available, and builds with buildah
#
# BASELINE=PATH measures another imgtool, too.
bench: build bench-packages
	PATH="$(CURDIR)/.build/release:$$PATH" scripts/bench/run
	PATH="$(CURDIR)/.build/release:$$PATH" scripts/bench/builds
	PATH="$(CURDIR)/.build/release:$$PATH" scripts/bench/sync

## install: installs the program, its completions and manual below $(DESTDIR)$(PREFIX), by default /usr/local
install: build manual
	$(MAKE) --no-print-directory install-files

# The tool that writes manuals need not be fast.
manual: build-packages
	$(SWIFT) build --product generate-manual

install-files:
	BINARIES="$(BINARIES)" MANUAL_TOOL="$(MANUAL_TOOL)" scripts/install/files "$(DESTDIR)$(PREFIX)"

## clean: removes what was built
clean:
	rm -rf .build .build-tsan .build-asan .build-fuzz

## help: prints this list
help:
	@sed -n 's/^## /make /p' $(MAKEFILE_LIST)

build-packages:
	@$(PACKAGES) $(BUILD_PACKAGES)

test-packages:
	@$(PACKAGES) $(TEST_PACKAGES)

demo-packages:
	@$(PACKAGES) $(DEMO_PACKAGES)

bench-packages:
	@$(PACKAGES) $(BENCH_PACKAGES)
