# A static program, the certificates of the public authorities, and nothing else:
# no shell, no package manager, no root.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=unknown REVISION=unknown BRANCH=unknown DATE=unknown
RUN make build VERSION="$VERSION" REVISION="$REVISION" BRANCH="$BRANCH" DATE="$DATE"

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /src/cloudjob_exporter /cloudjob_exporter
USER 65532:65532
EXPOSE 10994
ENTRYPOINT ["/cloudjob_exporter"]
CMD ["--config.file=/etc/cloudjob_exporter/cloudjob.yml"]
