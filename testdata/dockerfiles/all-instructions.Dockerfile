ARG BASE=alpine
FROM $BASE AS everything
ARG A B=2 C="three words" D='$notreplaced'
ENV E=1 F="two words" G=a\ b H=$A$B
ENV I j k
LABEL one=1 "two words"="and more" three='3'
RUN true
RUN ["true", "and", "more"]
COPY a b /c/
ADD d /e
WORKDIR /w
WORKDIR relative/$B
USER me:us
VOLUME /v1 /v2
VOLUME ["/v 3"]
EXPOSE 80 443/udp 8000-8010
STOPSIGNAL 9
SHELL ["/bin/sh", "-ec"]
HEALTHCHECK NONE
HEALTHCHECK CMD ["probe"]
ONBUILD RUN true
MAINTAINER me
ENTRYPOINT echo
CMD hello $E
