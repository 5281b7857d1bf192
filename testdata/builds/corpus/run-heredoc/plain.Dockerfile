FROM busybox
RUN echo one > /one; echo "$HOME" > /home-of-root; mkdir -p /deep/down
RUN echo tabs > /tabs; printf '\tkept\n' >> /tabs
RUN echo '$HOME stays' > /quoted
RUN echo "$HOME is expanded by the shell" > /unquoted
RUN echo 1 > /script
RUN echo second > /both
