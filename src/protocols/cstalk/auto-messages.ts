import type { AppId } from '../../core/model.ts'
import type { Store } from '../../core/ports.ts'
import type { DeskState } from './work-calendar.ts'

export const autoMessages = 'cstalk.auto_messages'

/** 0 greeting, 1 assignment delay, 2 reply delay, 3 outside hours (and, as the original has it, lunch). */
export const autoMessageTypes = [0, 1, 2, 3] as const
export type AutoMessageType = (typeof autoMessageTypes)[number]

// A desk has a few dozen; more than this are kept and not drawn from.
const maxDrawn = 500

const fallbacks: Readonly<Record<DeskState, string>> = {
  open: '안녕하세요. 무엇을 도와드릴까요?',
  closed: '지금은 상담 시간이 아닙니다.',
  lunch: '지금은 점심 시간입니다.',
}

/** One at random of the company's texts of a type; null when it has none. */
export async function drawAutoMessage(store: Store, appId: AppId, type: AutoMessageType): Promise<string | null> {
  const { documents } = await store.documents.list(appId, autoMessages, { limit: maxDrawn })
  const texts = documents.filter(({ body }) => body['type'] === type).map(({ body }) => String(body['message']))
  return texts[Math.floor(Math.random() * texts.length)] ?? null
}

/** What a customer is greeted with, by the desk's calendar. */
export async function greeting(store: Store, appId: AppId, state: DeskState): Promise<string> {
  return (await drawAutoMessage(store, appId, state === 'open' ? 0 : 3)) ?? fallbacks[state]
}
