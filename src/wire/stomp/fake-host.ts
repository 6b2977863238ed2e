import type { Close } from '../../core/errors.ts'
import type { StompFrame, StompHeaders } from './frame.ts'
import type { StompHost, StompSend, StompSubscription } from './host.ts'
import type { StompLimits } from './limits.ts'
import { StompSession } from './session.ts'
import { defaultStompSettings, type StompSettings } from './settings.ts'

/** For tests: a line and a chat in one, that writes down what happens. */
export class FakeHost implements StompHost {
  /** What was written to the line, NULs shown as ^@. */
  readonly written: string[] = []
  /** What the session asked, one line each. */
  readonly heard: string[] = []
  readonly ends: Close[] = []
  /** What the next calls of `send` and `subscribe` answer, in order; then nothing. */
  readonly answers: (Promise<void> | (() => never))[] = []
  onConnect: (headers: StompHeaders) => void | Promise<void> = () => undefined
  onFailed: (error: unknown, frame: StompFrame) => void = () => undefined
  readonly session: StompSession

  constructor(settings: Partial<Omit<StompSettings, 'limits'>> & { limits?: Partial<StompLimits> } = {}) {
    const limits = { ...defaultStompSettings.limits, ...settings.limits }
    this.session = new StompSession(
      this,
      { ...defaultStompSettings, server: 'parlance/1', ...settings, limits },
      's1',
      0,
    )
  }

  /** Sends texts, `^@` for NUL; returns what was written since the last time. */
  say(...texts: string[]): string[] {
    for (const text of texts) this.session.message(text.replaceAll('^@', '\0'))
    return this.news()
  }

  news(): string[] {
    return this.written.splice(0)
  }

  /** Past CONNECTED. */
  connected(version: '1.0' | '1.1' | '1.2', headers = ''): this {
    this.onConnect = () => void this.session.accept()
    this.say(`CONNECT\naccept-version:${version}\n${headers}\n^@`)
    this.heard.length = 0
    return this
  }

  write(text: string): void {
    this.written.push(text.replaceAll('\0', '^@'))
  }

  end(close: Close): void {
    this.ends.push(close)
  }

  connect(headers: StompHeaders): void | Promise<void> {
    this.heard.push(`connect ${JSON.stringify([...headers])}`)
    return this.onConnect(headers)
  }

  subscribe({ id, destination, ack }: StompSubscription): void | Promise<void> {
    this.heard.push(`subscribe ${id} ${destination} ${ack}`)
    return this.#answer()
  }

  unsubscribe(id: string): void {
    this.heard.push(`unsubscribe ${id}`)
  }

  send({ destination, body }: StompSend): void | Promise<void> {
    this.heard.push(`send ${destination} ${body}`)
    return this.#answer()
  }

  disconnected(): void {
    this.heard.push('disconnected')
  }

  failed(error: unknown, frame: StompFrame): void {
    this.heard.push(`failed ${frame.command} ${error instanceof Error ? error.message : String(error)}`)
    this.onFailed(error, frame)
  }

  #answer(): void | Promise<void> {
    const answer = this.answers.shift()
    return typeof answer === 'function' ? answer() : answer
  }
}
