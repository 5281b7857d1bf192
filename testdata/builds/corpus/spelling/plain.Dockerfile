FROM busybox AS name
RUN echo lower > /lower
RUN echo tab > /tab
FROM busybox
COPY --from=name /lower /tab /again/
ENV A=1 B=2 C=3
CMD ["sh", "-c", "true"]
