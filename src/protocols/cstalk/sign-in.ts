import { ChatError } from '../../core/errors.ts'
import type { User } from '../../core/model.ts'
import type { StompHeaders } from '../../wire/stomp/frame.ts'
import type { Company } from './company.ts'
import type { Desk } from './desk.ts'
import { isStaff } from './identity.ts'
import { bearerToken } from './tokens.ts'

export interface SignedIn {
  readonly company: Company
  /** Null for a customer whose `secretKey` was wrong: connected, told so, and let near nothing. */
  readonly user: User | null
}

/** Who CONNECT says it is: an agent by bearer token, or a customer by number. Rejects with `unauthorized` and the like. */
export async function signIn(desk: Desk, headers: StompHeaders, address: string): Promise<SignedIn> {
  const authorization = headers.get('Authorization') ?? headers.get('authorization')
  if (authorization !== undefined) return signInMember(desk, bearerToken(authorization) ?? '')
  const company = desk.companies.get(headers.get('companyId') ?? '')
  const number = headers.get('gasappMemberNumber')
  if (!company || number === undefined)
    throw new ChatError('unauthorized', 'a bearer token, or companyId and gasappMemberNumber are needed')
  if (!desk.customers.isTrusted(company, headers.get('secretKey'))) return { company, user: null }
  const { user } = await desk.customers.welcome(company, number, address)
  return { company, user }
}

/** The member of a token, as its account is now. */
async function signInMember(desk: Desk, token: string): Promise<SignedIn & { user: User }> {
  const signedIn = await signInAnyone(desk, token)
  if (!isStaff(signedIn.user)) throw notValid()
  return signedIn
}

/** The member or customer of a token, as the account is now. */
export async function signInAnyone(desk: Desk, token: string): Promise<SignedIn & { user: User }> {
  const { company, userId } = await desk.tokens.verify(token)
  const user = await desk.store.users.byId(company.app.id, userId)
  if (!user) throw notValid()
  company.know(user)
  return { company, user }
}

function notValid(): ChatError {
  return new ChatError('unauthorized', 'the token is not valid or has expired')
}
