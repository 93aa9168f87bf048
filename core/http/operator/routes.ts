import type { Route } from './route.ts'
import { boardPage } from './views/board.ts'
import { runsPage } from './views/runs.ts'

/** Everything that those who are signed in can see and do. */
export const routes: readonly Route[] = [runsPage, boardPage]
