import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { ChatError } from './errors.ts'

// OWASP's first choice for argon2id: 19 MiB, two passes, one lane.
const memoryKiB = 19_456
const passes = 2
const lanes = 1
const tagBytes = 32
const maxPasswordBytes = 1024

/** An argon2id hash in the PHC string format: `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`. At most 1,024 bytes. */
export async function hashPassword(password: string): Promise<string> {
  if (tooLong(password)) throw new ChatError('invalid', `a password has at most ${maxPasswordBytes} bytes`, 'password')
  const salt = randomBytes(16)
  const tag = await derive(password, salt, { memoryKiB, passes, lanes, tagBytes })
  return `$argon2id$v=19$m=${memoryKiB},t=${passes},p=${lanes}$${base64(salt)}$${base64(tag)}`
}

/**
 * Whether the password is the hash's. A null hash (no such user) takes as long as a wrong password, so that
 * time does not tell who has an account.
 */
export async function verifyPassword(password: string, hash: string | null): Promise<boolean> {
  const parsed = hash === null ? null : parse(hash)
  // Longer ones only serve to keep the processor busy; no hash of one was ever made.
  if (tooLong(password)) return false
  if (!parsed) {
    await derive(password, Buffer.alloc(16), { memoryKiB, passes, lanes, tagBytes })
    return false
  }
  const tag = await derive(password, parsed.salt, { ...parsed, tagBytes: parsed.tag.length })
  return timingSafeEqual(tag, parsed.tag)
}

interface Cost {
  readonly memoryKiB: number
  readonly passes: number
  readonly lanes: number
  readonly tagBytes: number
}

function derive(password: string, nonce: Buffer, cost: Cost): Promise<Buffer> {
  const message = Buffer.from(password.normalize('NFC'))
  const parameters = {
    message,
    nonce,
    parallelism: cost.lanes,
    tagLength: cost.tagBytes,
    memory: cost.memoryKiB,
    passes: cost.passes,
  }
  return new Promise((resolve, reject) => {
    argon2('argon2id', parameters, (error, tag) => (error ? reject(error) : resolve(tag)))
  })
}

function tooLong(password: string): boolean {
  return Buffer.byteLength(password) > maxPasswordBytes
}

function parse(hash: string): { salt: Buffer; tag: Buffer; memoryKiB: number; passes: number; lanes: number } | null {
  const match = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(hash)
  if (!match) return null
  const [, m, t, p, salt = '', tag = ''] = match
  return {
    salt: Buffer.from(salt, 'base64'),
    tag: Buffer.from(tag, 'base64'),
    memoryKiB: Number(m),
    passes: Number(t),
    lanes: Number(p),
  }
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}
