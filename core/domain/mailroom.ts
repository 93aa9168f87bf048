import type { Event, MailroomFact, ShelvedMail } from './event.ts'

export type MailroomEvent = Event<MailroomFact>

/** A mail that waits for an officer. */
export type Shelved = ShelvedMail & { at: number }

/** What lies on the shelves now, the oldest first; what was sorted is gone from them. */
export function foldMailroom(events: Iterable<MailroomEvent>): Shelved[] {
  const open = new Map<string, Shelved>()
  for (const event of events) {
    if (event.type === 'MailSorted') open.delete(event.data.contentHash)
    else open.set(event.data.contentHash, { ...event.data, at: event.at })
  }
  return [...open.values()]
}
