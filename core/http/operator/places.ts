import { isCsirt, isOfficer, type Viewer } from '../../domain/account.ts'

/** A place of the navigation. */
export type Place = { title: string; path: string; isHere: boolean }

const places: readonly { title: string; path: string; for(viewer: Viewer): boolean }[] = [
  { title: 'Runs', path: '/', for: () => true },
  { title: 'Reports', path: '/reports', for: () => true },
  { title: 'Scenarios', path: '/scenarios', for: ({ account }) => isOfficer(account) },
  { title: 'Sites', path: '/sites', for: ({ account }) => isOfficer(account) },
  { title: 'Mails to sort', path: '/shelf', for: ({ account }) => isCsirt(account) },
  { title: 'Identities', path: '/identities', for: ({ account }) => isCsirt(account) },
  { title: 'Settings', path: '/settings', for: () => true },
  { title: 'Accounts', path: '/accounts', for: ({ account }) => isCsirt(account) },
]

/** Those that this viewer may go to. */
export function placesFor(viewer: Viewer, path: string): Place[] {
  return places
    .filter((place) => place.for(viewer))
    .map(({ title, path: to }) => ({
      title,
      path: to,
      isHere: to === '/' ? path === '/' || path.startsWith('/runs') : path.startsWith(to),
    }))
}
