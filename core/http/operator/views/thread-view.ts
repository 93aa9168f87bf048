import type { Role } from '../../../domain/mail.ts'
import { kindWords, letterWords, roleNames } from '../../../domain/mail-words.ts'
import { visibleText } from '../../../domain/text.ts'
import type { Entry } from '../../../threads.ts'

/** How much of one letter stands on the page. */
const MOST = 20_000

/** The conversation with one of a site's people, harmless and bounded. */
export function threadView({ role, entries }: { role: string; entries: readonly unknown[] }): object {
  return { whom: roleNames[role as Role], entries: (entries as readonly Entry[]).map(entryView) }
}

function entryView(entry: Entry): object {
  const { at, ours, text, subject, to, from, state, judgedBy, because, graded = [] } = entry
  const kind = ours ? '' : kindWords({ kind: entry.kind ?? 'human', ...(entry.depth === undefined ? {} : { depth: entry.depth }) })
  return {
    ...{ at, ours, kind, graded },
    hash: ours ? '' : (entry.hash ?? ''),
    what: letterWords(entry),
    who: visibleText(ours ? `to ${to ?? 'them'}` : (from ?? '')),
    state: state ?? '',
    why: judgedBy === undefined ? visibleText(because ?? '') : `so says ${judgedBy}; read as: ${visibleText(because ?? '')}`,
    subject: subject === undefined ? false : visibleText(subject),
    isErased: text === null,
    text: text === null ? '' : text.length > MOST ? `${text.slice(0, MOST)}\n[... ${text.length - MOST} more characters]` : text,
  }
}
