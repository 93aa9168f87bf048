import { Ngi } from '../../domain/site.ts'
import { readPage } from './document.ts'
import { quote } from './notes.ts'
import { checkRecord, lineField, mailField, place, present, type Reading } from './record.ts'
import type { SourceFile } from './source.ts'
import type { XmlElement } from './xml.ts'

const ELEMENTS = { name: 'NAME', contact: 'EMAIL', securityContact: 'SECURITY_EMAIL' } as const

/** The NGIs of get_ngi. */
export function readNgis(files: readonly SourceFile[], reading: Reading): Ngi[] {
  const ngis = new Map<string, Ngi>()
  const take = (record: XmlElement) => {
    const raw = present({
      name: lineField(record, 'NAME') ?? record.attributes.NAME,
      contact: mailField(record, 'EMAIL', reading),
      securityContact: mailField(record, 'SECURITY_EMAIL', reading),
    })
    const ngi = checkRecord(Ngi, raw, { record, elements: ELEMENTS, problems: reading.problems })
    if (ngi === undefined) return
    if (ngis.has(ngi.name)) reading.problems.add(place(record), `NGI ${quote(ngi.name)} is there twice`)
    ngis.set(ngi.name, ngi)
  }
  for (const file of files) readPage(file, 'get_ngi', { reading, take })
  return [...ngis.values()]
}
