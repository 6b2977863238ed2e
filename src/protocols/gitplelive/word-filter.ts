/** What became of a text. */
export interface Filtered {
  readonly text: string
  /** Whether something was masked. */
  readonly masked: boolean
}

interface Node {
  /** The first unit that may follow, and what then; nearly always the only one. */
  unit: number
  child: Node | null
  others: Map<number, Node> | null
  /** The longest word's end that this one ends with too. */
  fail: Node | null
  /** Here a word of so many units ends; 0 for none. */
  length: number
  /** Words of Latin letters count only by themselves: "ass" is not in "class". */
  isWhole: boolean
  /** The next shorter word that ends here as well. */
  shorter: Node | null
}

/** One sign as it was written, and what it is compared as. */
interface Sign {
  readonly written: string
  readonly folded: string
}

// A syllable in pieces, as macOS writes Korean, or a letter with its accents: what is one sign to the reader. With no more accents than
// UAX #15 lets a stream have (30): putting n of them in order takes n² steps, and 10,000 are 0.1 s.
const signs =
  /[\u1100-\u115f\ua960-\ua97c]+[\u1160-\u11a7\ud7b0-\ud7c6]*[\u11a8-\u11ff\ud7cb-\ud7fb]*\p{M}{0,30}|\P{M}\p{M}{0,30}|\p{M}{1,30}/gsu
const invisible = /\p{Cf}+/gu
const wordUnit = /[\p{L}\p{N}]/u
const latin = /^[\p{Script=Latin}\p{N} ]+$/u

/**
 * Masks words in one pass over the text, however many words there are (Aho and Corasick's automaton): the time grows with the
 * text and nothing else. Case, width (ｆｕｌｌ) and invisible signs between letters make no difference.
 */
export class WordFilter {
  readonly #root: Node = newNode()
  readonly #isEmpty: boolean

  constructor(words: readonly string[]) {
    const folded = words.map((word) => fold(word).trim()).filter((word) => word !== '')
    this.#isEmpty = folded.length === 0
    for (const word of folded) this.#add(word)
    this.#link()
  }

  /** Each sign of a word becomes an asterisk. */
  mask(text: string): Filtered {
    if (this.#isEmpty) return { text, masked: false }
    const taken = signsOf(text)
    const marked = this.#find(taken)
    if (!marked) return { text, masked: false }
    return { text: taken.map(({ written }, index) => (marked[index] ? '*' : written)).join(''), masked: true }
  }

  /** Which signs to mask; null for none. */
  #find(taken: readonly Sign[]): Uint8Array | null {
    const units = taken.map(({ folded }) => folded).join('')
    const signOf = signOfUnit(taken, units.length)
    let marked: Uint8Array | null = null
    let node = this.#root
    for (let index = 0; index < units.length; index++) {
      const unit = units.charCodeAt(index)
      let next = follow(node, unit)
      while (!next && node.fail) {
        node = node.fail
        next = follow(node, unit)
      }
      node = next ?? this.#root
      for (let found: Node | null = node.length > 0 ? node : node.shorter; found; found = found.shorter) {
        const start = index + 1 - found.length
        if (found.isWhole && !standsAlone(units, start, index + 1)) continue
        marked ??= new Uint8Array(taken.length)
        marked.fill(1, signOf[start] ?? 0, (signOf[index] ?? 0) + 1)
        // The shorter ones end here too, and lie within.
        break
      }
    }
    return marked
  }

  #add(word: string): void {
    let node = this.#root
    for (let index = 0; index < word.length; index++) {
      const unit = word.charCodeAt(index)
      node = follow(node, unit) ?? grow(node, unit)
    }
    node.length = word.length
    node.isWhole = latin.test(word)
  }

  /** Breadth first: what a node falls back to is shorter, and so is done. */
  #link(): void {
    const queue = [this.#root]
    for (const node of queue) {
      for (const [unit, child] of branches(node)) {
        let fail = node.fail
        while (fail && !follow(fail, unit)) fail = fail.fail
        child.fail = (fail && follow(fail, unit)) ?? this.#root
        child.shorter = child.fail.length > 0 ? child.fail : child.fail.shorter
        queue.push(child)
      }
    }
  }
}

function newNode(): Node {
  return { unit: -1, child: null, others: null, fail: null, length: 0, isWhole: false, shorter: null }
}

function follow(node: Node, unit: number): Node | null {
  return node.unit === unit ? node.child : (node.others?.get(unit) ?? null)
}

function grow(node: Node, unit: number): Node {
  const child = newNode()
  if (node.child) (node.others ??= new Map()).set(unit, child)
  else Object.assign(node, { unit, child })
  return child
}

function* branches({ unit, child, others }: Node): Generator<readonly [number, Node]> {
  if (child) yield [unit, child]
  if (others) yield* others
}

function signsOf(text: string): Sign[] {
  // Texts have few signs, many times each.
  const folds = new Map<string, string>()
  return Array.from(text.matchAll(signs), ([written]) => {
    let folded = folds.get(written)
    if (folded === undefined) folds.set(written, (folded = fold(written)))
    return { written, folded }
  })
}

function fold(text: string): string {
  // Most signs of Korean texts, as they are.
  if (text.length === 1 && text >= '가' && text <= '힣') return text
  return text.normalize('NFKC').toLowerCase().replace(invisible, '')
}

function signOfUnit(taken: readonly Sign[], units: number): Uint32Array {
  const signOf = new Uint32Array(units)
  let unit = 0
  for (const [index, { folded }] of taken.entries()) {
    signOf.fill(index, unit, unit + folded.length)
    unit += folded.length
  }
  return signOf
}

function standsAlone(units: string, start: number, end: number): boolean {
  return !wordUnit.test(units.charAt(start - 1)) && !wordUnit.test(units.charAt(end))
}
