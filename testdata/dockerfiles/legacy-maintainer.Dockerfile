FROM ubuntu:14.04
MAINTAINER Somebody <somebody@example.com>

ENV DEBIAN_FRONTEND noninteractive
ENV PATH $PATH:/opt/tool/bin
RUN apt-get update && \

    apt-get install -y curl
ADD tool.tar.gz /opt/
ADD http://example.com/big.tar.xz /usr/src/things/
volume ["/data", "/var/log"]
EXPOSE 80/tcp 80/udp
CMD tool -f
