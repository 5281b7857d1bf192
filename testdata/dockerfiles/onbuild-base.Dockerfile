FROM node:20
WORKDIR /usr/src/app
ONBUILD ARG NODE_ENV
ONBUILD ENV NODE_ENV $NODE_ENV
ONBUILD COPY package.json /usr/src/app/
ONBUILD RUN --mount=type=cache,target=/root/.npm npm install
ONBUILD COPY . /usr/src/app
onbuild RUN <<EOF
echo built
EOF
CMD [ "npm", "start" ]
