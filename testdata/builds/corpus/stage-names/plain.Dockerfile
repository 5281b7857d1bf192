FROM busybox
RUN echo first > /first
RUN echo second > /second
