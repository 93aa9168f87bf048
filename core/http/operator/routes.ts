import type { Route } from './route.ts'
import { boardPage } from './views/board.ts'
import { challengePage } from './views/challenge.ts'
import { appealAct, noteAct, overrideAct } from './views/challenge-acts.ts'
import { runsPage } from './views/runs.ts'

/** Everything that those who are signed in can see and do. */
export const routes: readonly Route[] = [runsPage, boardPage, challengePage, noteAct, overrideAct, appealAct]
