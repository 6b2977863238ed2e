import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { Inbox } from './inbox.ts'

export interface Letter {
  readonly sender: string
  readonly recipients: readonly string[]
  readonly headers: Readonly<Record<string, string>>
  readonly subject: string
  readonly text: string
}

/** A mail server that keeps what it is given. Close it. */
export class Mailbox {
  /** What to answer to the next mails instead of taking them, as `451 come back`. */
  readonly refusals: string[] = []
  readonly #server: SMTPServer
  readonly #inbox = new Inbox<Letter>((letter) => `${letter.recipients.join()} ${letter.subject}`)
  #waiting = 0
  #onRefused: () => void = () => {}

  private constructor() {
    this.#server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      logger: false,
      onData: (stream, session, done) => {
        const chunks: Buffer[] = []
        stream.on('data', (chunk: Buffer) => chunks.push(chunk))
        stream.on('end', () => {
          const refusal = this.refusals.shift()
          if (refusal !== undefined) {
            this.#onRefused()
            return done(Object.assign(new Error(refusal.slice(4)), { responseCode: Number(refusal.slice(0, 3)) }))
          }
          const { mailFrom, rcptTo } = session.envelope
          const sender = mailFrom ? mailFrom.address : ''
          this.#waiting++
          this.#inbox.put(
            letterOf(
              sender,
              rcptTo.map(({ address }) => address),
              Buffer.concat(chunks).toString(),
            ),
          )
          done()
        })
      },
    })
  }

  static async open(): Promise<Mailbox> {
    const mailbox = new Mailbox()
    await new Promise<void>((resolve) => mailbox.#server.listen(0, '127.0.0.1', resolve))
    return mailbox
  }

  get url(): string {
    return `smtp://127.0.0.1:${(this.#server.server.address() as AddressInfo).port}`
  }

  /** A letter that nobody took yet is here. */
  get hasNext(): boolean {
    return this.#waiting > 0
  }

  async next(): Promise<Letter> {
    const letter = await this.#inbox.take('a mail', () => true)
    this.#waiting--
    return letter
  }

  /** When so many were refused. */
  refused(count: number): Promise<void> {
    return new Promise((resolve) => {
      this.#onRefused = () => {
        if (--count === 0) resolve()
      }
    })
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#server.close(resolve))
  }
}

function letterOf(sender: string, recipients: readonly string[], raw: string): Letter {
  const [head = '', ...rest] = raw.split('\r\n\r\n')
  const headers: Record<string, string> = {}
  for (const line of head.replaceAll(/\r\n[ \t]+/g, ' ').split('\r\n')) {
    const colon = line.indexOf(':')
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim()
  }
  const body = rest.join('\r\n\r\n')
  const encoding = headers['content-transfer-encoding']
  const text = encoding === 'base64' ? Buffer.from(body, 'base64').toString() : unquoted(body, encoding)
  return { sender, recipients, headers, subject: words(headers['subject'] ?? ''), text: text.replaceAll('\r\n', '\n') }
}

function unquoted(body: string, encoding: string | undefined): string {
  if (encoding !== 'quoted-printable') return body
  const bytes = body
    .replaceAll('=\r\n', '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString()
}

/** RFC 2047, as nodemailer writes it. */
function words(text: string): string {
  return text
    .replaceAll(/\?=\s+=\?/g, '?==?')
    .replaceAll(/=\?UTF-8\?([BQ])\?(.*?)\?=/gi, (_, kind: string, word: string) => {
      if (kind.toUpperCase() === 'B') return Buffer.from(word, 'base64').toString('latin1')
      return word
        .replaceAll('_', ' ')
        .replaceAll(/=([0-9A-F]{2})/g, (_hex, hex: string) => String.fromCharCode(parseInt(hex, 16)))
    })
    .replace(/[\s\S]*/, (latin) => Buffer.from(latin, 'latin1').toString())
}
