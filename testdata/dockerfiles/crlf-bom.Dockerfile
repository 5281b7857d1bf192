# escape=\
FROM alpine
RUN echo one \
    && echo two
COPY <<END /etc/motd
first
second
END
CMD ["sh"]
