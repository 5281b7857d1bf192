FROM alpine AS clone
RUN apk add --no-cache git openssh-client aws-cli
RUN --mount=type=ssh,required git clone git@example.com:team/private.git /src
RUN --mount=type=secret,id=aws,target=/root/.aws/credentials,mode=0440,uid=1000 aws s3 cp s3://bucket/file /file
RUN --mount=type=secret,id=token,env=API_TOKEN --network=host curl -H "Authorization: $API_TOKEN" https://example.com
RUN --security=insecure --mount=type=ssh,id=other mount
