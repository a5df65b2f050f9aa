# One image for every process of Pombo; the command says which one it is.
#
#   docker build -t pombo .
#   docker run pombo node apps/worker/src/main.ts

FROM node:24-slim AS install
WORKDIR /pombo
COPY package.json package-lock.json ./
COPY apps/api/package.json apps/api/
COPY apps/console/package.json apps/console/
COPY apps/graph-simulator/package.json apps/graph-simulator/
COPY apps/pombo/package.json apps/pombo/pombo.mjs apps/pombo/
COPY apps/worker/package.json apps/worker/
COPY packages/config/package.json packages/config/
COPY packages/db/package.json packages/db/generate.mjs packages/db/
COPY packages/domain/package.json packages/domain/
COPY packages/graph/package.json packages/graph/
COPY packages/observe/package.json packages/observe/
COPY packages/queue/package.json packages/queue/
COPY prisma.config.ts ./
COPY prisma prisma
# The generator of the Prisma client is a tool for developers, so a full install makes the client first. The Node
# that npm would bring is left out: the image has its own.
RUN npm ci --omit=optional --no-audit --no-fund
# Then everything that only developers need goes. No script runs again, and the generated client stays.
RUN npm prune --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /pombo
COPY --from=install /pombo ./
COPY apps apps
COPY packages packages
COPY LICENSE ./
USER node
EXPOSE 8080 8081 8090 9464
# Every process answers here when METRICS_PORT is set; without it there is nothing to ask, and that is no illness.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "const { METRICS_PORT: port } = process.env; if (port) fetch(`http://127.0.0.1:${port}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1));"]
CMD ["node", "apps/api/src/main.ts"]
