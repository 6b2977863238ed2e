import { randomBytes } from 'node:crypto'
import { statSync } from 'node:fs'
import { loadConfig } from '../config.ts'
import { CommandError, defineCommand } from './command.ts'
import { changeFile, imageUser } from './config-file.ts'

export const appAdd = defineCommand({
  words: ['app', 'add'],
  summary: 'Add an app with secrets of its own to the configuration file',
  details:
    'PARLANCE_CONFIG names the file; one that is not there is made, for its owner only. Restart the server afterwards.',
  operands: ['id'],
  flags: {
    name: { value: 'NAME', doc: 'what people see', required: true },
    'cstalk-company': { value: 'COMPANY', doc: 'switch the consultation desk on, with this companyId' },
    origin: { value: 'ORIGIN', doc: 'a web origin such as https://shop.example that may use it, or *', many: true },
  },
  async run({ name, 'cstalk-company': companyId, origin }, [id = '']) {
    const file = process.env['PARLANCE_CONFIG']?.trim()
    if (!file)
      throw new CommandError('set PARLANCE_CONFIG to the file that the app shall stand in, such as ./parlance.json', 2)
    const cstalk = companyId === undefined ? {} : { cstalk: { companyId, jwtSecret: newSecret() } }
    const app = { id, name, origins: [...new Set(origin)], ...cstalk }
    changeFile(file, (content) => {
      const root = readRoot(file, content)
      if (root.apps.some((one) => isApp(one, id)))
        throw new CommandError(`the app ${id} is in ${file} already: it was left as it is`)
      const text = `${JSON.stringify({ ...root, apps: [...root.apps, app] }, null, 2)}\n`
      // What the server would refuse is not written.
      loadConfig(process.env, () => text)
      return text
    })
    const made =
      companyId === undefined
        ? 'it speaks no protocol yet, name one there'
        : 'with a new secret for the tokens of the desk'
    process.stdout.write(
      `Added the app ${id} to ${file}: ${made}.\nA server that is running serves it after a restart.\n`,
    )
    const owner = statSync(file).uid
    if (owner === imageUser || process.platform === 'win32') return
    process.stdout.write(`A container of the image reads it as user ${imageUser}: sudo chown ${imageUser} ${file}\n`)
  },
})

function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

function readRoot(file: string, content: string | null): { apps: readonly unknown[] } {
  if (content === null) return { apps: [] }
  let root: unknown
  try {
    root = JSON.parse(content)
  } catch {
    throw new CommandError(`${file} is not JSON: \`parlance doctor\` tells where; it was left as it is`, 2)
  }
  if (typeof root === 'object' && root !== null && 'apps' in root && Array.isArray(root.apps))
    return root as { apps: unknown[] }
  throw new CommandError(`${file} has no list "apps"; it was left as it is`, 2)
}

function isApp(value: unknown, id: string): boolean {
  return typeof value === 'object' && value !== null && 'id' in value && value.id === id
}
