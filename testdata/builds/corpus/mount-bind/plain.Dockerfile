FROM busybox AS other
RUN mkdir /made && echo other > /made/file
FROM busybox
RUN --mount=type=bind,target=/context ls -1 /context | grep -v -i docker > /listing && cat /context/dir/a > /a
RUN --mount=type=bind,source=dir,target=/mnt/dir cat /mnt/dir/sub/c > /c
RUN --mount=type=bind,from=other,source=/made,target=/there cat /there/file > /other
RUN --mount=type=bind,from=busybox,source=/etc/passwd,target=/image-passwd cp /image-passwd /copied-passwd
WORKDIR /work
RUN --mount=type=bind,target=/work cat file > /relative
RUN echo written > /new
