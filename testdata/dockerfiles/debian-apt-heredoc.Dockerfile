# syntax=docker/dockerfile:1
FROM debian:bookworm-slim
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,target=/var/lib/apt,sharing=locked <<EOT
  # what follows runs in one shell
  set -eux
  rm -f /etc/apt/apt.conf.d/docker-clean
  apt-get update
  apt-get install -y --no-install-recommends ca-certificates curl
EOT
RUN <<EOT bash
  echo $((1 + 1)) > /two
EOT
RUN python3 <<EOF > /hello && cat <<FOO <<-BAR
print("Hello")
EOF
foo
FOO
	bar
	BAR
RUN <<SCRIPT
#!/usr/bin/env python3
print("with an interpreter of its own")
SCRIPT
