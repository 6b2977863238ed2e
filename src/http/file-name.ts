const maxChars = 120

/** Separators of any system, control characters, what turns the writing direction (`gpj.exe` shown as `exe.jpg`), and what Windows refuses. */
const unwanted = /[/\\:*?"<>|\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** A name that is safe to show and to save under: the last part of a path, at most 120 characters, the extension kept. */
export function safeName(name: string): string {
  // macOS sends Korean in pieces (NFD), which most others show as such.
  const whole = name.slice(-1024).toWellFormed().normalize('NFC')
  const last = whole.split(/[/\\]/).at(-1) ?? ''
  const clean = last.replace(unwanted, '').replace(/^[\s.]+|[\s.]+$/g, '')
  const extension = extensionOf(clean)
  const tail = extension === '' ? '' : clean.slice(-extension.length - 1)
  // Cutting may halve a character that takes two units.
  const stem = clean.slice(0, Math.min(clean.length, maxChars) - tail.length).replace(/[\ud800-\udbff]$/, '')
  return (stem.trimEnd() || 'file') + tail
}

/** In small letters, without the dot; empty for none. */
export function extensionOf(name: string): string {
  return /\.([A-Za-z0-9]{1,10})$/.exec(name)?.[1]?.toLowerCase() ?? ''
}

/** RFC 6266: the plain form for old clients, and the exact one (RFC 8187). */
export function contentDisposition(type: 'inline' | 'attachment', name: string): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, '_')
  const exact = encodeURIComponent(name).replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `${type}; filename="${plain}"; filename*=UTF-8''${exact}`
}
