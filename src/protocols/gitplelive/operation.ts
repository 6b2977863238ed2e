import { Type, type Static, type TObject, type TSchema } from 'typebox'
import { Compile, type Validator } from 'typebox/compile'
import type { User } from '../../core/model.ts'
import { houseSession, type Session } from '../../core/session.ts'
import { Refusal, type FailureName } from './failures.ts'
import { userId } from './fields.ts'
import type { GitpleliveShared } from './gitplelive-shared.ts'
import type { GitpleliveApp } from './settings.ts'
import type { Look } from './shapes.ts'

/** Who asks: the app's own servers (`user` null), which may do everything, or a user for itself. */
export interface Caller {
  readonly app: GitpleliveApp
  readonly user: User | null
  /** The connection's id; null for REST. */
  readonly origin: string | null
  /** What stands before the paths of files in the answer. */
  readonly baseUrl: string
}

/** One asking. */
export interface Call {
  readonly shared: GitpleliveShared
  readonly app: GitpleliveApp
  /** Of who asks: the house's for the app's own servers. */
  readonly session: Session
  /** Who acts: who asks, or on behalf of whom the app's servers ask. Null where that isn't said. */
  readonly actor: User | null
  readonly baseUrl: string
}

interface Draft<Input extends TSchema> {
  /** One line. */
  readonly summary: string
  readonly description?: string
  /** An object, with everything that address, query and body say. */
  readonly input: Input
  /** What is answered; null for nothing. `title` and one of `examples` make the documentation. */
  readonly output: TSchema | null
  /**
   * It is done by a user. The app's servers name it in `user_id`; a user may leave that out. `optional`: the app's servers may do
   * it themselves too.
   */
  readonly acts?: true
  /** For the app's servers alone. */
  readonly platformOnly?: true
  /** What is said when something was made. */
  readonly status?: 201
}

/** What may be asked, on whichever wire. The input is an object, every field of it by its own name. */
export interface Operation extends Draft<TSchema> {
  /** What the app's servers send. */
  readonly platformInput: TSchema
  /** What users send. */
  readonly clientInput: TSchema
  /** The input is not believed: it is checked first. Rejects with a `ChatError`. */
  perform(shared: GitpleliveShared, caller: Caller, input: unknown): Promise<Outcome>
}

export interface Outcome {
  readonly status: 200 | 201
  /** Undefined for nothing. */
  readonly body: object | undefined
}

/** `run` answers what was asked for, or `answered(…)` where the status depends. */
export function operation<const Input extends TObject>(
  draft: Draft<Input>,
  run: (call: Call, input: Static<Input>) => Promise<object | void>,
): Operation {
  const { input, acts = false, platformOnly = false } = draft
  const platformInput = acts ? Type.Object({ user_id: userId, ...input.properties }) : input
  const clientInput = acts ? Type.Object({ user_id: Type.Optional(userId), ...input.properties }) : input
  const readers = { platform: new Reader(platformInput), client: new Reader(clientInput) }
  return {
    ...draft,
    platformInput,
    clientInput,
    perform: async (shared, caller, given) => {
      const { app, user, origin, baseUrl } = caller
      if (user && platformOnly) throw new Refusal('no_permission', 'only the app’s own servers may do this')
      const read = (user ? readers.client : readers.platform).read(given) as Static<Input> & { user_id?: string }
      const actor = acts ? await actorOf(shared, caller, read.user_id) : user
      const session = user ? { app: app.app, user, origin } : houseSession(app.app)
      const answer = await run({ shared, app, session, actor, baseUrl }, read)
      if (answer instanceof Answered) return { status: answer.status, body: answer.body }
      return { status: draft.status ?? 200, body: answer ?? undefined }
    },
  }
}

/** An answer whose status isn't the operation's usual one. */
export function answered(status: 200 | 201, body: object): Answered {
  return new Answered(status, body)
}

class Answered {
  readonly status: 200 | 201
  readonly body: object

  constructor(status: 200 | 201, body: object) {
    this.status = status
    this.body = body
  }
}

/** Who acts has the word; the app's servers only lend theirs. */
export function actorSession({ app, session, actor }: Call): Session {
  return { app: app.app, user: actor, origin: session.origin, ...(session.user === null && { isLent: true }) }
}

/** The app's own servers see what was masked. For a user it depends on the channel. */
export function lookOf({ session, baseUrl }: Call, isManager = false): Look {
  return { baseUrl, seesOrigin: session.user === null || isManager }
}

async function actorOf(shared: GitpleliveShared, { app, user }: Caller, named: string | undefined): Promise<User> {
  if (!user) return shared.directory.user(app, named ?? '')
  if (named !== undefined && (await shared.directory.user(app, named)).id !== user.id)
    throw new Refusal('no_permission', 'user_id: users act for themselves only')
  return user
}

/** Checks inputs against a schema. Compiled when first used. */
class Reader {
  readonly #schema: TSchema
  #validator: Validator | null = null

  constructor(schema: TSchema) {
    this.#schema = schema
  }

  /** The value itself, or a refusal that names the field. */
  read(value: unknown): unknown {
    this.#validator ??= Compile(this.#schema)
    if (this.#validator.Check(value)) return value
    const found = this.#validator.Errors(value)
    // Of alternatives that all fail, the first that went deepest says best what is wrong.
    const problem = found.toSorted((a, b) => depth(b) - depth(a))[0]
    if (!problem) throw new Refusal('parameters')
    throw refusalOf(problem)
  }
}

interface Problem {
  readonly keyword: string
  readonly instancePath: string
  readonly message: string
  readonly params: object
}

function refusalOf({ keyword, instancePath, message, params }: Problem): Refusal {
  const path = instancePath.split('/').slice(1)
  const [first = ''] = path
  if (keyword === 'required') {
    const missing = (params as { requiredProperties?: readonly string[] }).requiredProperties?.[0] ?? ''
    const field = [...path, missing].join('.')
    return new Refusal('parameters', `${field}: is required`, field)
  }
  const field = path.join('.') || 'the request'
  return new Refusal(reasons[`${keyword} ${first}`] ?? 'parameters', `${field}: ${message}`, field)
}

/** Where too many have a number of their own. */
const reasons: Readonly<Record<string, FailureName>> = {
  'maxProperties meta': 'key_count',
  'maxItems members': 'too_many_members',
}

function depth({ instancePath }: Problem): number {
  return instancePath.split('/').length
}
