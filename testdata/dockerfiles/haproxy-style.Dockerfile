#
# NOTE: this file is made by a script
#
FROM debian:bookworm-slim

# roughly the same identity everywhere
RUN set -eux; \
	groupadd --gid 99 --system haproxy; \
	useradd \
		--gid haproxy \
		--home-dir /var/lib/haproxy \
		--uid 99 \
		haproxy \
	;

ENV HAPROXY_VERSION=3.0.0 \
# the sum of the archive, which a comment may stand above
    HAPROXY_SHA256=5aa97810bf5985b978ef3b6c7b2e9b1ea4bb0e3b6a0a5ee9c8ab75dd86d7ccb6

RUN set -eux; \
	\
	makeOpts=' \
		TARGET=linux-glibc \
		USE_OPENSSL=1 \
	'; \
	nproc="$(nproc)"; \
	eval "make -C /usr/src/haproxy -j '$nproc' all $makeOpts"

STOPSIGNAL SIGUSR1
COPY docker-entrypoint.sh /usr/local/bin/
ENTRYPOINT ["docker-entrypoint.sh"]
USER haproxy
WORKDIR /var/lib/haproxy
CMD ["haproxy", "-f", "/usr/local/etc/haproxy/haproxy.cfg"]
