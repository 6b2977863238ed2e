const maxChars = 200

/**
 * `host[:port]` of a website, in the form in which browsers write it in an Origin (small letters, punycode, no default
 * port). People paste whole addresses, so a scheme and a path are cut off. Null for what is no website.
 */
export function toServiceDomain(text: string): string | null {
  const hasScheme = /^https?:\/\//i.test(text)
  const url = URL.parse(hasScheme ? text : `http://${text}`)
  const isOther = !hasScheme && text.includes('//')
  if (!url || isOther || url.username !== '' || url.password !== '') return null
  const domain = hasScheme ? url.host : url.host.replace(/:443$/, '')
  return domain.length <= maxChars && /^[a-z0-9.[\]:_-]+$/.test(domain) ? domain : null
}

/** Whether a page of the website sent this Origin, over http or https. */
export function isOriginOf(serviceDomain: string, origin: string | undefined): boolean {
  const url = origin === undefined ? null : URL.parse(origin)
  return url !== null && /^https?:$/.test(url.protocol) && url.host === serviceDomain
}
