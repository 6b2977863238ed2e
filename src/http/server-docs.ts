import type { MountDocs } from './route-docs.ts'

/** What belongs to no protocol: health, metrics, uploaded files, the documents themselves. */

const readiness = (status: string, reasons: readonly string[]) => ({
  type: 'object',
  required: ['status', 'reasons'],
  properties: {
    status: { enum: ['ready', 'not ready'] },
    reasons: { type: 'array', items: { type: 'string' } },
    warnings: { type: 'array', items: { type: 'string' }, description: 'What may do harm later' },
  },
  description: 'Whether, and if not, why',
  examples: [{ status, reasons }],
})

const health = (status: string) => ({
  type: 'object',
  required: ['status'],
  properties: {
    status: { enum: ['ok', 'draining', 'failing', 'starting'] },
    nodes: { type: 'integer', description: 'How many serve together, this one included' },
    redis: {
      type: 'object',
      required: ['state', 'since'],
      properties: { state: { enum: ['ready', 'waiting'] }, since: { type: 'string' } },
      description: 'Where Laravel applications publish',
    },
  },
  examples: [{ status }],
})

const document = { type: 'object', description: 'The document', examples: [{}] }

const file = { type: 'string', contentMediaType: 'application/octet-stream', examples: [''] }

export const serverDocs = {
  tag: 'server',
  description: 'What belongs to no protocol',
  securitySchemes: { metrics: { type: 'http', scheme: 'bearer', description: '`PARLANCE_METRICS_TOKEN`' } },
  errors: {
    schema: {
      title: 'Error',
      type: 'object',
      required: ['error', 'message'],
      properties: {
        error: { type: 'string' },
        message: { type: 'string', description: 'For the person at the other end' },
        field: { type: 'string', description: 'The one that was wrong' },
        id: { type: 'string', description: 'Of a failure of ours: it stands in the log' },
      },
    },
    statuses: {
      401: {
        when: 'The token is wrong',
        example: { error: 'unauthorized', message: 'Needs the bearer token that PARLANCE_METRICS_TOKEN holds.' },
      },
      403: {
        when: 'There is no token, and the request comes from elsewhere',
        example: { error: 'forbidden', message: 'Without PARLANCE_METRICS_TOKEN only this machine may ask.' },
      },
      404: { when: 'Nothing is there', example: { error: 'not_found', message: 'There is no such file.' } },
    },
  },
  routes: {
    'GET /healthz': {
      summary: 'Whether the process is alive, and how it is, for containers',
      answers: {
        200: health('ok'),
      },
    },
    'GET /readyz': {
      summary: 'Whether the server is to get new clients, for load balancers',
      answers: {
        200: readiness('ready', []),
        503: readiness('not ready', ['the store can’t write: database or disk is full']),
      },
    },
    'GET /metrics': {
      summary: 'What the server counts, for Prometheus',
      description:
        'Only from the machine that the server runs on, or with `PARLANCE_METRICS_TOKEN` as the bearer token.',
      security: [{}, { metrics: [] }],
      answers: {
        200: {
          type: 'string',
          contentMediaType: 'text/plain',
          description: 'In Prometheus’ text format',
          examples: ['parlance_connections{wire="cstalk"} 12\n'],
        },
      },
      errors: [401, 403],
    },
    'GET /files/:app/:id/:name': {
      summary: 'An uploaded file, or its thumbnail',
      description:
        'The id can’t be guessed and is the permission. Takes ranges. A thumbnail’s name starts with `thumb_`.',
      params: {
        properties: {
          app: { type: 'string', examples: ['demo'] },
          id: { type: 'string', examples: ['Zk3v0aXw2TqO5mYd8nRb1w'] },
          name: { type: 'string', examples: ['thumb_boiler.jpg'] },
        },
      },
      answers: {
        200: { ...file, description: 'The file, of its own media type' },
        206: { ...file, description: 'The range that was asked for' },
        304: null,
      },
      errors: [404],
    },
    'GET /openapi.json': { summary: 'This document: OpenAPI 3.1', answers: { 200: document, 304: null } },
    'GET /asyncapi.json': { summary: 'The sockets: AsyncAPI 3.0', answers: { 200: document, 304: null } },
    'GET /docs': {
      summary: 'Both documents as a page',
      answers: {
        200: { type: 'string', contentMediaType: 'text/html', description: 'The page', examples: ['<!doctype html>…'] },
        304: null,
      },
    },
  },
} satisfies MountDocs
