FROM nginx:1.27-alpine
COPY ["site content/", "/usr/share/nginx/html/"]
COPY <<'EOF' /etc/nginx/conf.d/default.conf
server {
    listen 80;
    location / {
        try_files $uri $uri/ =404;
    }
}
EOF
COPY --chmod=755 <<-EOF /docker-entrypoint.d/10-greet.sh
	#!/bin/sh
	echo "serving ${NGINX_VERSION}"
EOF
EXPOSE 80 443
