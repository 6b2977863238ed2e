FROM node:24-slim

WORKDIR /app
ENV NODE_ENV=production \
    PARLANCE_HOST=0.0.0.0 \
    PARLANCE_PORT=8080 \
    PARLANCE_DATA_DIR=/data

COPY package.json package-lock.json .npmrc ./
COPY sdk/package.json ./sdk/
RUN npm ci --omit=dev && npm cache clean --force

COPY LICENSE ./
COPY bin ./bin
COPY src ./src
COPY sdk/dist ./sdk/dist

RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8080

HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PARLANCE_PORT}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]

CMD ["node", "--max-semi-space-size=16", "bin/parlance.js", "start"]
