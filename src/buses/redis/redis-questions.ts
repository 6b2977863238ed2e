import { ChatError, errorCodes, type ErrorCode } from '../../core/errors.ts'
import type { Drop, RedisLink } from './redis-link.ts'
import { maxEnvelopeChars } from './envelope.ts'
import { count, nullable, oneOf, record, text } from './shapes.ts'

export type Answerer = (text: string, from: string) => Promise<string> | string

interface Question {
  readonly id: number
  readonly topic: string
  readonly text: string
}

interface Answer {
  readonly id: number
  /** Null when it failed. */
  readonly text: string | null
  readonly code: ErrorCode | null
  readonly message: string | null
}

interface Open {
  readonly node: string
  readonly until: number
  readonly answered: (text: string) => void
  readonly failed: (error: Error) => void
}

const timeoutMs = 5000
const sweepEveryMs = 500
/** Asked and not answered, on either side. */
const maxOpen = 1000
const maxTextChars = maxEnvelopeChars / 2

const isQuestion = record<Question>({ id: count, topic: text, text })
const isAnswer = record<Answer>({
  id: count,
  text: nullable(text),
  code: nullable(oneOf(errorCodes)),
  message: nullable(text),
})

/** Questions of one node to another. */
export class RedisQuestions {
  readonly #link: RedisLink
  readonly #isAlive: (node: string) => boolean
  readonly #open = new Map<number, Open>()
  readonly #answerers = new Map<string, Answerer>()
  #asked = 0
  #answering = 0
  #sweep: NodeJS.Timeout | null = null

  constructor(link: RedisLink, isAlive: (node: string) => boolean) {
    this.#link = link
    this.#isAlive = isAlive
    link.hear('ask', (body, from) => this.#questioned(body, from))
    link.hear('answer', (body, from) => this.#answered(body, from))
  }

  answer(topic: string, answerer: Answerer): void {
    this.#answerers.set(topic, answerer)
  }

  ask(node: string, topic: string, words: string): Promise<string> {
    if (!this.#isAlive(node)) return Promise.reject(new Error(`there is no node ${node}`))
    if (this.#open.size >= maxOpen) return Promise.reject(new Error('too many questions wait for an answer'))
    if (words.length > maxTextChars) return Promise.reject(new Error('the question is too long'))
    if (!this.#link.state.connected) return Promise.reject(new Error('the other nodes can not be reached'))
    const id = ++this.#asked
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    this.#open.set(id, { node, until: performance.now() + timeoutMs, answered: resolve, failed: reject })
    this.#sweep ??= setInterval(() => this.#expire(), sweepEveryMs).unref()
    this.#link.sendTo(node, 'ask', JSON.stringify({ id, topic, text: words } satisfies Question))
    return promise
  }

  /** What it was asked it won't answer any more. */
  gone(node: string): void {
    for (const [id, open] of this.#open) if (open.node === node) this.#fail(id, open, 'the node is gone')
  }

  close(): void {
    for (const [id, open] of this.#open) this.#fail(id, open, 'this node closes')
  }

  #questioned(body: unknown, from: string): Drop | void {
    if (!isQuestion(body)) return 'malformed'
    const question = body as Question
    void this.#reply(question, from)
    return undefined
  }

  async #reply({ id, topic, text: words }: Question, from: string): Promise<void> {
    const refuse = (code: ErrorCode | null, message: string): void =>
      this.#link.sendTo(from, 'answer', JSON.stringify({ id, text: null, code, message } satisfies Answer))
    const answerer = this.#answerers.get(topic)
    if (!answerer) return refuse(null, 'nobody answers to this')
    if (this.#answering >= maxOpen) return refuse('unavailable', 'too many questions are being answered')
    this.#answering++
    try {
      const answer = await answerer(words, from)
      if (answer.length > maxTextChars) return refuse(null, 'the answer is too long')
      this.#link.sendTo(
        from,
        'answer',
        JSON.stringify({ id, text: answer, code: null, message: null } satisfies Answer),
      )
    } catch (error) {
      refuse(error instanceof ChatError ? error.code : null, error instanceof Error ? error.message : 'it failed')
    } finally {
      this.#answering--
    }
  }

  #answered(body: unknown, from: string): Drop | void {
    if (!isAnswer(body)) return 'malformed'
    const { id, text: words, code, message } = body as Answer
    const open = this.#open.get(id)
    // Too late, or not the one that was asked.
    if (open?.node !== from) return 'unknown'
    if (words === null) return this.#fail(id, open, message ?? 'it failed', code)
    this.#close(id)
    open.answered(words)
    return undefined
  }

  #fail(id: number, { failed }: Open, message: string, code: ErrorCode | null = null): void {
    this.#close(id)
    failed(code === null ? new Error(message) : new ChatError(code, message))
  }

  #expire(): void {
    const now = performance.now()
    for (const [id, open] of this.#open) if (open.until <= now) this.#fail(id, open, 'no answer came in time')
  }

  #close(id: number): void {
    this.#open.delete(id)
    if (this.#open.size > 0 || !this.#sweep) return
    clearInterval(this.#sweep)
    this.#sweep = null
  }
}
