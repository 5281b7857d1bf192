# A tool that is the same file on each platform.
FROM scratch
COPY --chmod=755 <<"EOF" /translate
#!/bin/sh
IFS=/
set -- $1
echo "$2"
EOF
