FROM alpine
ARG VERSION=v1.2.3
ADD https://example.com/archive-${VERSION}.tar.gz /src/
ADD --checksum=sha256:24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d --unpack=true https://example.com/a.tgz /opt
ADD --keep-git-dir=true https://github.com/moby/buildkit.git#${VERSION}:docs /docs
ADD git@example.com:team/repo.git /repo
ADD --chown=55:mygroup --exclude=*.md --exclude=!README.md files* /somedir/
COPY --parents ./x/**/*.txt /parents/
COPY --exclude=*.o --exclude=build/** . /src
