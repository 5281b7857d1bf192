FROM composer:2 AS vendor
COPY composer.json composer.lock /app/
RUN composer install --no-dev --no-scripts --prefer-dist --ignore-platform-reqs

FROM php:8.3-fpm-alpine
RUN set -eux; \
	apk add --no-cache --virtual .build-deps $PHPIZE_DEPS icu-dev; \
	docker-php-ext-install -j"$(nproc)" intl opcache; \
	\
	runDeps="$( \
		scanelf --needed --nobanner --format '%n#p' --recursive /usr/local/lib/php/extensions \
			| tr ',' '\n' \
			| sort -u \
	)"; \
	apk add --no-network --virtual .phpexts-rundeps $runDeps; \
	apk del --no-network .build-deps
COPY docker/php.ini $PHP_INI_DIR/conf.d/
COPY --chown=www-data:www-data . /srv/app
COPY --from=vendor --chown=www-data:www-data /app/vendor /srv/app/vendor
WORKDIR /srv/app
USER www-data
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --start-interval=1s --retries=3 CMD ["docker-healthcheck"]
CMD ["php-fpm"]
