# What the other two have left in their cache mount.
FROM busybox AS read
ARG AFTER
RUN --mount=type=cache,id=runs,target=/runs sort /runs/log | uniq -c > /log

FROM scratch
COPY --from=read /log /
