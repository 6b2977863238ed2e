/** Text that is markup already. A class, so that no data can pass for it. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** Markup, in which every value that isn't markup itself is escaped. */
export function html(parts: TemplateStringsArray, ...values: readonly unknown[]): Html {
  const written = values.map((value) => (value instanceof Html ? value.text : escape(wordsOf(value))))
  // The indentation of the source is nobody's business.
  return new Html(parts.map((part, index) => part.replace(/\n\s*/g, '') + (written[index] ?? '')).join(''))
}

/** For what is known to hold no markup of anybody else's. */
export function raw(text: string): Html {
  return new Html(text)
}

/** An empty text is nothing. */
export function join(parts: readonly (Html | '')[]): Html {
  return new Html(parts.map((part) => (part === '' ? '' : part.text)).join(''))
}

function wordsOf(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value)
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => escapes[character] ?? '')
}
