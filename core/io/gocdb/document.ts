import { quote } from './notes.ts'
import { childOf, place, type Reading } from './record.ts'
import type { SourceFile } from './source.ts'
import { readXml, type XmlElement } from './xml.ts'

/** GOCDB's methods, and the element of one record of each. https://docs.egi.eu/internal/configuration-database/api/ */
const RECORD = {
  get_site: 'SITE',
  get_service_endpoint: 'SERVICE_ENDPOINT',
  get_downtime: 'DOWNTIME',
  get_ngi: 'NGI',
  get_site_contacts: 'SITE',
  get_cert_status_changes: 'result',
} as const

export type Method = keyof typeof RECORD

/** Hands over each record of one page; what is wrong with the page as a whole becomes one problem. */
export function readPage(file: SourceFile, method: Method, use: { reading: Reading; take: (record: XmlElement) => void }): void {
  let told = false
  const tell = (element: XmlElement, words: string) => {
    if (!told) use.reading.problems.add(place(element), words)
    told = true
  }
  try {
    const root = readXml(file, (record, root) => {
      if (told || root.name !== 'results' || record.name === 'meta') return
      const other = otherMethod(record, method)
      if (other === undefined) use.take(record)
      else tell(record, `this is ${other}: expected is the answer to ${method}, with <${RECORD[method]}> elements`)
    })
    if (root.name === 'error') tell(root, `GOCDB answered with an error: ${quote(root.text.trim())}`)
    else if (root.name !== 'results') tell(root, `the root is <${root.name}>: expected is GOCDB's <results> of ${method}`)
  } catch (error) {
    use.reading.problems.addError(error)
  }
}

/** What a record is when it is not of `method`, in words. */
function otherMethod(record: XmlElement, method: Method): string | undefined {
  if (record.name !== RECORD[method]) {
    const known = record.name === 'SITE' ? siteMethod(record) : Object.entries(RECORD).find(([, name]) => name === record.name)?.[0]
    return known === undefined ? `an unknown document, it holds <${record.name}>` : `the answer to ${known}`
  }
  if (record.name !== 'SITE' || siteMethod(record) === method) return undefined
  // A site without contacts looks the same in both.
  return record.children.length <= 2 && method === 'get_site_contacts' ? undefined : `the answer to ${siteMethod(record)}`
}

function siteMethod(site: XmlElement): string {
  if (childOf(site, 'CONTACT') !== undefined) return 'get_site_contacts'
  if (site.children.length === 0 && site.attributes.COUNTRY_CODE !== undefined) return 'get_site_list'
  if (childOf(site, 'CSIRT_TEL') !== undefined) return 'get_site_security_info'
  return 'get_site'
}

/** The address of the next page, when GOCDB names one and this page was not empty. */
export function nextPage(file: SourceFile): string | undefined {
  let next: string | undefined
  let records = 0
  readXml(file, (record) => {
    if (record.name !== 'meta') records += 1
    else next = record.children.find((link) => link.name === 'link' && link.attributes.rel === 'next')?.attributes.href
  })
  return records === 0 ? undefined : next
}
