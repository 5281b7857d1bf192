FROM busybox
COPY file /linked/file
COPY --chown=1000:1001 dir /linked/dir/
WORKDIR /somewhere
COPY file ./here
