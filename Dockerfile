# Lineup's service: `docker build -t lineup .`; compose.yaml shows how it is run. For another kind of machine: --platform linux/arm64.

# The version of package.json's dependency "node" (a test compares the two).
ARG NODE_VERSION=24.21.0
# Any image with that Node.js, its npm and a user "node" (glibc, because of DuckDB's library).
ARG BASE=node:${NODE_VERSION}-bookworm-slim

# Everything is built on the machine that builds, whatever the image is for: nothing here is compiled to machine code.
FROM --platform=$BUILDPLATFORM ${BASE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# npm looks at the packages of the workspaces, too.
COPY packages/identifiers/package.json packages/identifiers/
COPY packages/line-ads/package.json packages/line-ads/
RUN npm ci
COPY . .
RUN npm run build
# The libraries of the image, for the machine that it runs on: DuckDB's comes as a file for each kind.
ARG TARGETARCH
RUN case "${TARGETARCH:-}" in amd64) cpu=--cpu=x64 ;; '') cpu= ;; *) cpu=--cpu=$TARGETARCH ;; esac \
  && ./scripts/image/libraries.sh /image --os=linux --libc=glibc $cpu \
  && mkdir -p -m 700 /layout/data /layout/uploads

FROM ${BASE}
ENV NODE_ENV=production LINEUP_DATA_DIR=/data LINEUP_COMMAND=lineup
WORKDIR /app
# No RUN from here on: an image for another kind of machine could not run anything.
COPY --from=build /image/package.json ./
COPY --from=build /image/node_modules ./node_modules
COPY --from=build /app/build/*.wasm ./build/
COPY --from=build /app/build/web ./build/web
COPY --from=build /app/migrations ./migrations
COPY --from=build /app/dist ./dist
# The data directory, and the one that a volume for uploads is mounted at, belong to the user that the image comes with; the
# program belongs to nobody who runs it.
COPY --from=build --chown=node:node /layout/ /
USER node
VOLUME /data
EXPOSE 8080
ENTRYPOINT ["node", "/app/dist/src/cli/main.js"]
CMD ["serve", "--host", "0.0.0.0", "--grace", "20"]
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/ready').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
