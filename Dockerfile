# One image for the API with its worker, and for the console: docs/deploying.md. To build it: docker build -t project-keys .
ARG NODE=24.21.0

FROM node:${NODE}-trixie-slim AS source
WORKDIR /app
ENV CI=true
COPY .pnpmfile.cjs pnpm-lock.yaml pnpm-workspace.yaml ./
RUN npx -y pnpm@12.21.0 fetch && rm -r node_modules
COPY . .

FROM source AS build
RUN npx -y pnpm@12.21.0 install --offline --frozen-lockfile && npx -y pnpm@12.21.0 build

FROM source AS packages
# Types and maps serve compilers and debuggers, Prisma brings other databases than ours, and browsers load one file of Scalar.
RUN npx -y pnpm@12.21.0 install --offline --frozen-lockfile --prod --no-optional \
    --filter '@project-keys/api...' --filter '@project-keys/web...' \
  && rm -r node_modules/.pnpm/typescript@* \
  && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete \
  && find node_modules -type f -name 'query_compiler_*' ! -name 'query_compiler_fast_bg.postgresql.*' -delete \
  && find node_modules -type f -path '*/@scalar/api-reference/dist/*' ! -name style.css ! -name standalone.js -delete

FROM node:${NODE}-trixie-slim
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0
COPY --from=packages /app .
COPY --from=build /app/packages/keys/src/generated packages/keys/src/generated
COPY --from=build /app/apps/web/build apps/web/build
# The number, because Kubernetes cannot tell from a name that it is not root.
USER 1000:1000
EXPOSE 61016 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --start-period=60s --interval=10s --timeout=5s CMD ["node", "deploy/health.ts"]
# Node itself is process 1, because a package runner there would pass no signal on. The console: apps/web/server.ts
ENTRYPOINT ["node"]
CMD ["--max-semi-space-size=16", "--max-old-space-size=390", "apps/api/src/main.ts"]
