# Lineup's service: `docker build -t lineup .`; compose.yaml shows how it is run.
# For another kind of machine: --platform linux/arm64.

# The version of package.json's dependency "node" (a test compares the two).
ARG NODE_VERSION=24.21.0
# Any image with that Node.js, its npm and a user "node" (with glibc, because of DuckDB’s library).
ARG BASE=node:${NODE_VERSION}-bookworm-slim

# Everything is built on the machine of the builder, for any image: nothing is compiled to machine code.
FROM --platform=$BUILDPLATFORM ${BASE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# npm reads the packages of the workspaces, too.
COPY packages/identifiers/package.json packages/identifiers/
COPY packages/line-ads/package.json packages/line-ads/
COPY packages/ly-ads/package.json packages/ly-ads/
COPY web/package.json web/
RUN npm ci
COPY . .
RUN npm run build
# The libraries of the image, for its own kind of machine: DuckDB’s native library differs for each kind.
ARG TARGETARCH
# no: without the libraries of BigQuery (docs/sources-bigquery.md).
ARG BIGQUERY=yes
RUN case "${TARGETARCH:-}" in amd64) cpu=--cpu=x64 ;; '') cpu= ;; *) cpu=--cpu=$TARGETARCH ;; esac \
  && ./scripts/image/libraries.sh /image --os=linux --libc=glibc $cpu \
  && mkdir -p -m 700 /layout/data /layout/uploads

FROM ${BASE}
ENV NODE_ENV=production LINEUP_DATA_DIR=/data LINEUP_COMMAND=lineup
WORKDIR /app
# No RUN after this line: the builder cannot run programs of another kind of machine.
COPY --from=build /image/package.json ./
COPY --from=build /image/node_modules ./node_modules
COPY --from=build /app/build/*.wasm ./build/
COPY --from=build /app/build/web ./build/web
COPY --from=build /app/migrations ./migrations
COPY --from=build /app/dist ./dist
# The user of the image owns the data directory and the directory of the uploads volume. It does not own the program.
COPY --from=build --chown=node:node /layout/ /
USER node
VOLUME /data
EXPOSE 8080
ENTRYPOINT ["node", "--max-semi-space-size=16", "/app/dist/src/cli/main.js"]
CMD ["serve", "--host", "0.0.0.0", "--grace", "20"]
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/ready').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
