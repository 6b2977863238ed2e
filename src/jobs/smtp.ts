import { createTransport } from 'nodemailer'
import type { Mail } from './postman.ts'

const timeoutMs = 20_000

export interface SmtpSender {
  /** The host in message ids. */
  readonly host: string
  readonly send: (mail: Mail) => Promise<void>
  readonly close: () => void
}

/** Sends by an SMTP server: `smtp://user:password@host:587`, `smtps://…`. `from` is the sender's address. */
export function smtpSender(url: string, from: string): SmtpSender {
  const timeouts = { connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs }
  const transport = createTransport({ url, ...timeouts, disableFileAccess: true, disableUrlAccess: true })
  return {
    host: /@([^@>]+)>?$/.exec(from)?.[1] ?? 'localhost',
    send: async ({ to, ...mail }) => {
      // As an object: a text would be taken apart at its commas, into more than one recipient.
      await transport.sendMail({ from, to: { name: '', address: to }, ...mail })
    },
    close: () => transport.close(),
  }
}

/** Where no mail server is set: every mail waits in the outbox, and is given up after two days. */
export const noSmtp: SmtpSender = {
  host: 'localhost',
  send: async () => {
    throw new Error('PARLANCE_SMTP_URL is not set')
  },
  close: () => {},
}
