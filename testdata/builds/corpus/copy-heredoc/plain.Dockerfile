FROM busybox
COPY greeting raw /etc/
COPY --chown=1000:1001 one two /etc/both/
RUN chmod 640 /etc/both/one /etc/both/two
