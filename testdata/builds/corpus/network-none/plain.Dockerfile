FROM busybox
RUN touch /interfaces
