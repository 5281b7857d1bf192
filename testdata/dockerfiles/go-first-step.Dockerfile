FROM golang:1.22-alpine AS build
WORKDIR /src
COPY . .
RUN go build -o /out/app .

FROM alpine
COPY --from=build /out/app /bin
CMD ["app"]
