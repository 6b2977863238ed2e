import { pino, stdSerializers, stdTimeFunctions, type DestinationStream, type LevelWithSilent } from 'pino'
import type { Log } from './core/ports.ts'

/** The log, with the level of what ends the process. */
export interface ProcessLog extends Log {
  fatal(fields: object, message: string): void
}

/** Fields that never reach a log, wherever they stand in what is logged, down to `redactedDepth`. */
const secretFields = [
  'accessKey',
  'apiKey',
  'authorization',
  'cookie',
  'customerSecret',
  'jwt',
  'jwtSecret',
  'password',
  'passwordHash',
  'secret',
  'secretKey',
  'set-cookie',
  'token',
]

const redactedDepth = 4

/** One JSON object per line, on the standard output or `destination`. */
export function createLog(level: LevelWithSilent, destination?: DestinationStream): ProcessLog {
  const options = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { error: stdSerializers.err, err: stdSerializers.err },
    redact: { paths: redactedPaths(), censor: '[redacted]' },
  }
  return destination ? pino(options, destination) : pino(options)
}

function redactedPaths(): string[] {
  // pino has no wildcard over depths, only `*.name` for one of them.
  const prefixes = Array.from({ length: redactedDepth }, (_, depth) => '*.'.repeat(depth))
  return prefixes.flatMap((prefix) => secretFields.map((field) => pathTo(prefix, field)))
}

function pathTo(prefix: string, field: string): string {
  return /^\w+$/.test(field) ? prefix + field : `${prefix.slice(0, -1)}["${field}"]`
}
