import { entities } from './html-entities.ts'

const lineEnds = new Set([
  'br',
  'p',
  '/p',
  'div',
  '/div',
  'li',
  'tr',
  '/tr',
  'h1',
  'h2',
  'h3',
  '/h1',
  '/h2',
  '/h3',
  'blockquote',
  '/blockquote',
  'pre',
  '/pre',
])

/** The words of an HTML mail, in one pass. What stands in a <blockquote> is marked as quoted, as in a text mail. */
export function textOfHtml(html: string): string {
  const lines: string[] = []
  let line = ''
  let quotes = 0
  let skip: string | undefined
  const add = (words: string) => {
    line += words.replace(/\s+/g, ' ')
  }
  const newLine = () => {
    lines.push(`${'> '.repeat(Math.min(quotes, 5))}${line.trim()}`)
    line = ''
  }
  for (const [index, piece] of html.split('<').entries()) {
    const close = index === 0 ? -1 : piece.indexOf('>')
    const tag = index === 0 ? '' : tagOf(piece)
    if (skip !== undefined) {
      if (endsSkip(piece, tag, skip)) skip = undefined
      else continue
    }
    if (piece.startsWith('!--') && index > 0 && !piece.includes('-->')) skip = '-->'
    else if (tag === 'style' || tag === 'script' || tag === 'head') skip = `/${tag}`
    if (lineEnds.has(tag)) newLine()
    if (tag === 'blockquote') quotes += 1
    if (tag === '/blockquote') quotes = Math.max(0, quotes - 1)
    if (skip === undefined) add(decode(piece.slice(close + 1)))
  }
  newLine()
  return lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}

function tagOf(piece: string): string {
  return /^\/?[a-z][a-z0-9]{0,20}/i.exec(piece)?.[0].toLowerCase() ?? ''
}

function endsSkip(piece: string, tag: string, skip: string): boolean {
  return skip === '-->' ? piece.includes('-->') : tag === skip
}

function decode(text: string): string {
  return text.replace(/&(#x[0-9a-f]{1,6}|#\d{1,7}|[a-z][a-z0-9]{1,7});/gi, (whole, name: string) => {
    if (!name.startsWith('#')) return entities.get(name) ?? entities.get(name.toLowerCase()) ?? whole
    const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1))
    return code <= 0x10ffff ? String.fromCodePoint(code) : ' '
  })
}
