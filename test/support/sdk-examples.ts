import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sdkFolder } from '../../scripts/build-sdk.ts'

export interface Example {
  /** `sendMessage`, or the class that it stands at. */
  readonly name: string
  readonly code: string
}

const files = ['client.ts', 'channel-calls.ts', 'errors.ts']
const documented = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*(?:export )?(?:abstract )?(?:class |get )?(\w+)/g

/** The examples in the documentation of what is public. */
export function sdkExamples(): Example[] {
  return files.flatMap((file) => {
    const text = readFileSync(join(sdkFolder, 'src', file), 'utf8')
    return [...text.matchAll(documented)].flatMap(([, comment = '', name = '']) => {
      const code = /@example\s+\* ```ts\n([\s\S]*?)\* ```/.exec(comment.replace(/^ +\*/gm, '*'))?.[1]
      return code === undefined ? [] : [{ name, code: code.replace(/^\* ?/gm, '') }]
    })
  })
}
