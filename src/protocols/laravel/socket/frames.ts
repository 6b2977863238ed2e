import { ChatError } from '../../../core/errors.ts'
import { isShallow, maxDepth } from '../depth.ts'

export type FrameData = Readonly<Record<string, unknown>>

/** `data` of a client's `{"data":{…}}`. Null for what is no JSON at all, which is ignored; throws `invalid` for other JSON. */
export function decodeFrame(text: string): FrameData | null {
  if (!isShallow(text, maxDepth)) throw new ChatError('invalid', 'the frame is nested too deeply')
  let frame: unknown
  try {
    frame = JSON.parse(text)
  } catch {
    return null
  }
  const data = isObject(frame) && Object.hasOwn(frame, 'data') ? frame['data'] : null
  if (!isObject(data)) throw new ChatError('invalid', 'a frame is {"data":{…}}')
  return data
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
