import { randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { CommandError } from './command.ts'

const minChars = 8
const maxBytes = 1024
const lineFeed = 10

/** For the commands that take a password. */
export const passwordFlag = {
  value: '-',
  doc: 'read the password from the standard input; without it, a terminal is asked, else one is made up and printed once',
} as const

export interface NewPassword {
  readonly password: string
  /** It was made up here: the operator has yet to see it. */
  readonly isNew: boolean
}

/** The password for `--password FLAG`. Throws a `CommandError` for one that won't do. */
export async function takePassword(flag: string | undefined): Promise<NewPassword> {
  if (flag !== undefined && flag !== '-') {
    // Everybody on the machine can read the arguments of a process, and shells remember them.
    throw new CommandError('--password takes only "-": a password on the command line can be seen by others', 2)
  }
  if (flag === '-') return { password: checked(await readLine(process.stdin)), isNew: false }
  if (!process.stdin.isTTY) return { password: madeUp(), isNew: true }
  const first = await askHidden('Password (nothing: one is made up): ', process.stdin, process.stderr)
  if (first === '') return { password: madeUp(), isNew: true }
  const password = checked(first)
  if ((await askHidden('Once more: ', process.stdin, process.stderr)) !== password)
    throw new CommandError('the two are not the same; nothing was changed')
  return { password, isNew: false }
}

/** The first line of a stream, bounded. */
export async function readLine(input: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of input) {
    chunks.push(Buffer.from(chunk))
    bytes += chunk.length
    if (chunk.includes(lineFeed) || bytes > maxBytes + 2) break
  }
  return Buffer.concat(chunks).toString('utf8').split(/\r?\n/, 1)[0] ?? ''
}

/** Asks on a terminal and shows nothing of the answer. */
export function askHidden(
  question: string,
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input, output: nowhere, terminal: true, historySize: 0 })
  return new Promise((resolve, reject) => {
    lines.on('line', (line) => {
      resolve(line)
      lines.close()
    })
    lines.on('close', () => {
      output.write('\n')
      reject(new CommandError('no password was given; nothing was changed'))
    })
    // Last: before the interface was made the terminal would have echoed the answer.
    output.write(question)
  })
}

function checked(password: string): string {
  if (password.length < minChars)
    throw new CommandError(`a password needs at least ${minChars} characters; nothing was changed`)
  if (Buffer.byteLength(password) > maxBytes)
    throw new CommandError(`a password has at most ${maxBytes} bytes; nothing was changed`)
  return password
}

function madeUp(): string {
  return randomBytes(15).toString('base64url')
}
