import { createHash } from 'node:crypto'
import { html, join, raw, type Html } from './html.ts'

type Data = Readonly<Record<string, unknown>>

const style = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{max-width:60rem;margin:0 auto;padding:1rem}
code,pre{font:.85em/1.45 ui-monospace,monospace}
pre{overflow:auto;padding:.6rem;background:#8881;border-radius:.3rem}
details{border-top:1px solid #8884;padding:.25rem 0}
summary{cursor:pointer}
summary b{display:inline-block;min-width:4.2rem}
table{border-collapse:collapse;width:100%}
td{border-top:1px solid #8882;padding:.15rem .5rem .15rem 0;vertical-align:top}
td:first-child{width:12rem}
td:nth-child(2){width:14rem}
h2{margin-top:2.5rem}
.quiet{opacity:.7}`

/** Nothing but the page's own style, by its hash: no scripts, no pictures, no frames, nothing from elsewhere. */
export const contentPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Both documents for people, whole in itself. */
export function page(openApi: object, asyncApi: object): string {
  const [rest, wires] = [openApi as Data, asyncApi as Data]
  const info = data(rest['info'])
  const tags = list(rest['tags'])
  return `<!doctype html>${
    html`<html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${info['title']}</title>
        <style>
          ${raw(style)}
        </style>
      </head>
      <body>
        <h1>${info['title']} <span class="quiet">${info['version']}</span></h1>
        <p><a href="openapi.json">openapi.json</a> · <a href="asyncapi.json">asyncapi.json</a></p>
        <ul>
          ${join(tags.map(({ name }) => html`<li><a href="#${name}">${name}</a>, REST</li>`))}
          ${join(wireTags(wires).map((name) => html`<li><a href="#${name}-sockets">${name}</a>, sockets</li>`))}
        </ul>
        ${join(tags.map((tag) => restSection(rest, tag)))}
        ${join(wireTags(wires).map((tag) => socketSection(wires, tag)))}
      </body>
    </html>`.text
  }`
}

function restSection(document: Data, { name, description }: Data): Html {
  const operations = entries(document['paths']).flatMap(([path, methods]) =>
    entries(methods)
      .filter(([, operation]) => (operation['tags'] as unknown[]).includes(name))
      .map(([method, operation]) => operationBlock(document, method.toUpperCase(), path, operation)),
  )
  return html`<h2 id="${name}">${name}, REST</h2>
    <p>${description}</p>
    ${join(ofTag(document, 'securitySchemes', name).map(([id, scheme]) => schemeBlock(id, scheme)))} ${join(operations)}
    ${refusalsBlock(ofTag(document, 'responses', name))}`
}

function schemeBlock(id: string, { scheme, type, name, in: place, description }: Data): Html {
  const how = type === 'apiKey' ? `${String(place)} ${String(name)}` : `${String(type)} ${String(scheme)}`
  return html`<p class="quiet"><code>${id}</code>: ${how}. ${description}</p>`
}

/** How refusals look, once for a protocol. */
function refusalsBlock(refusals: readonly [string, Data][]): Html | '' {
  if (refusals.length === 0) return ''
  const blocks = refusals.map(([id, { description, content }]) => {
    const bodies = entries(content).map(([, one]) => code(one['example']))
    return html`<p>${id.split('.')[1]}: ${description}</p>
      ${join(bodies)}`
  })
  return html`<details>
    <summary>Refusals</summary>
    ${join(blocks)}
  </details>`
}

function ofTag(document: Data, kind: string, tag: unknown): [string, Data][] {
  return entries(data(document['components'])[kind]).filter(([id]) => id.split('.')[0] === tag)
}

function operationBlock(document: Data, method: string, path: string, operation: Data): Html {
  const { summary, description, security, parameters, requestBody } = operation
  const answers = entries(operation['responses'])
  return html`<details>
    <summary><b>${method}</b> <code>${path}</code> ${summary}</summary>
    ${description === undefined ? '' : html`<p>${description}</p>`}
    <p class="quiet">${whoMay(list(security))}</p>
    ${fieldTable(
      document,
      list(parameters).map((one) => [`${one['in']} ${one['name']}`, one['required'] === true, one]),
    )}
    ${join(entries(data(requestBody)['content']).map(([type, content]) => bodyBlock(document, `Body, ${type}`, content)))}
    ${join(answers.filter(([, one]) => !('$ref' in one)).map(([status, one]) => answerBlock(document, status, one)))}
    <p class="quiet">${refusedWith(answers)}</p>
  </details>`
}

function whoMay(alternatives: readonly Data[]): string {
  if (alternatives.length === 0) return 'Open to everybody'
  const words = alternatives.map((needed) =>
    Object.entries(needed)
      .map(([scheme, roles]) => [scheme, ...(roles as string[])].join(' '))
      .join(' and '),
  )
  return `Needs ${words.join(', or ')}`
}

function answerBlock(document: Data, status: string, { description, content }: Data): Html {
  return html`<p>${status}: ${description}</p>
    ${join(entries(content).map(([, one]) => bodyBlock(document, '', one)))}`
}

function refusedWith(answers: readonly [string, Data][]): string {
  const statuses = answers.filter(([, one]) => '$ref' in one).map(([status]) => status)
  return statuses.length === 0 ? '' : `Refused with ${statuses.join(', ')}`
}

function bodyBlock(document: Data, title: string, { schema, example }: Data): Html {
  const { properties, required = [] } = resolved(document, schema)
  const rows = entries(properties).map(([name, field]) => [name, (required as string[]).includes(name), field] as const)
  return html`${title === '' ? '' : html`<p>${title}</p>`}${fieldTable(document, rows)}${code(example)}`
}

function socketSection(document: Data, tag: string): Html {
  const channels = entries(document['channels']).filter(([, channel]) => list(channel['tags'])[0]?.['name'] === tag)
  return html`<h2 id="${tag}-sockets">${tag}, sockets</h2>
    ${join(channels.map(([, channel]) => channelBlock(document, channel)))}`
}

function channelBlock(document: Data, channel: Data): Html {
  const { title, address, description, messages } = channel
  const blocks = entries(messages).map(([id, message]) => {
    const way = id.startsWith('fromClient') ? 'send' : 'hear'
    const { properties, required = [] } = resolved(document, message['payload'])
    const rows = entries(properties).map(([name, one]) => [name, (required as string[]).includes(name), one] as const)
    return html`<details>
      <summary><b>${way}</b> <code>${message['name']}</code> ${message['summary']}</summary>
      ${fieldTable(document, rows)} ${join(list(message['examples']).map((one) => code(one['payload'])))}
    </details>`
  })
  return html`<h3>${title} <code>${address}</code></h3>
    <p>${description}</p>
    ${join(blocks)}`
}

function fieldTable(document: Data, rows: readonly (readonly [string, boolean, Data])[]): Html | '' {
  if (rows.length === 0) return ''
  const lines = rows.map(([name, isRequired, field]) => {
    const schema = resolved(document, 'schema' in field ? field['schema'] : field)
    const words = field['description'] ?? schema['description'] ?? ''
    return html`<tr>
      <td><code>${name}</code></td>
      <td>${typeOf(document, schema)}${isRequired ? '' : '?'}</td>
      <td>${words}</td>
    </tr>`
  })
  return html`<table>
    ${join(lines)}
  </table>`
}

function typeOf(document: Data, schema: Data): string {
  const { type, anyOf, items } = schema
  if ('const' in schema) return JSON.stringify(schema['const'])
  if (Array.isArray(schema['enum'])) return schema['enum'].map((one) => JSON.stringify(one)).join(' | ')
  if (Array.isArray(anyOf)) return (anyOf as Data[]).map((one) => typeOf(document, resolved(document, one))).join(' | ')
  if (type === 'array') return `${typeOf(document, resolved(document, items))}[]`
  const { maxLength, maximum, maxItems } = schema
  const most = maxLength ?? maximum ?? maxItems
  const isSmall = typeof most === 'number' && most < 1_000_000_000
  return typeof type === 'string' ? `${type}${isSmall ? `, at most ${most}` : ''}` : 'any'
}

function code(example: unknown): Html | '' {
  if (example === undefined) return ''
  return html`<pre>${typeof example === 'string' ? example : JSON.stringify(example, null, 2)}</pre>`
}

/** What a reference leads to. */
function resolved(document: Data, value: unknown): Data {
  const { $ref } = data(value)
  if (typeof $ref !== 'string') return data(value)
  return $ref
    .slice(2)
    .split('/')
    .reduce((found, key) => data(found[key]), document)
}

function wireTags(document: Data): string[] {
  return list(data(document['info'])['tags']).map(({ name }) => String(name))
}

function entries(value: unknown): [string, Data][] {
  return Object.entries(data(value)) as [string, Data][]
}

function data(value: unknown): Data {
  return typeof value === 'object' && value !== null ? (value as Data) : {}
}

function list(value: unknown): Data[] {
  return Array.isArray(value) ? value : []
}
