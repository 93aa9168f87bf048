import type { Route } from './route.ts'
import { accessPage } from './views/access.ts'
import { accountsPage, disableAct, grantAct, inviteAct, inviteAgainAct } from './views/accounts.ts'
import { auditPage } from './views/audit.ts'
import { boardPage } from './views/board.ts'
import { challengePage } from './views/challenge.ts'
import { appealAct, noteAct, overrideAct } from './views/challenge-acts.ts'
import { checklistPage, tickAct } from './views/checklist.ts'
import { approveAct, consentAct, freezeAct, launchAct, pauseAct, resumeAct, stopAct } from './views/control.ts'
import { comparisonFile, figuresFile, figuresPage } from './views/figures.ts'
import { decideAct, heldPage } from './views/held.ts'
import { identitiesPage } from './views/identities.ts'
import { investigationPage } from './views/investigation.ts'
import { agreePauseAct, heardAct, judgeAct } from './views/judge-acts.ts'
import { lettersPage, resendAct } from './views/letters.ts'
import { logPage } from './views/log.ts'
import { mapPage } from './views/map.ts'
import { metricsFile } from './views/metrics.ts'
import { partiesPage, partyPage } from './views/party.ts'
import { judgePartyAct, notePartyAct, overridePartyAct } from './views/party-acts.ts'
import { planPage } from './views/plan.ts'
import { documentFile, publishAct, publishedFile, readingRoom, reportsPage } from './views/reports.ts'
import { runsPage } from './views/runs.ts'
import { planAct, scenarioPage, scenariosPage } from './views/scenarios.ts'
import { dropPasskeyAct, settingsPage, tokenAct, withdrawAct, zoneAct } from './views/settings.ts'
import { shelfPage, sortAct } from './views/shelf.ts'
import { sitePage } from './views/site.ts'
import { importAct, sitesPage } from './views/sites.ts'
import { statePage } from './views/state.ts'
import { statusFile } from './views/status.ts'
import { stopPage } from './views/stop-page.ts'
import { orderTaskAct, tasksPage } from './views/tasks.ts'
import { templatePage, templatesPage } from './views/templates.ts'
import { orderLetterAct, writeLetterPage } from './views/write-letter.ts'

/** Everything that those who are signed in can see and do. */
export const routes: readonly Route[] = [
  runsPage,
  boardPage,
  statusFile,
  mapPage,
  accessPage,
  lettersPage,
  resendAct,
  writeLetterPage,
  orderLetterAct,
  reportsPage,
  documentFile,
  publishAct,
  logPage,
  planPage,
  approveAct,
  launchAct,
  consentAct,
  pauseAct,
  resumeAct,
  freezeAct,
  heldPage,
  checklistPage,
  tickAct,
  decideAct,
  tasksPage,
  orderTaskAct,
  stopAct,
  stopPage,
  challengePage,
  investigationPage,
  noteAct,
  overrideAct,
  appealAct,
  judgeAct,
  heardAct,
  agreePauseAct,
  partiesPage,
  partyPage,
  notePartyAct,
  overridePartyAct,
  judgePartyAct,
  settingsPage,
  statePage,
  zoneAct,
  tokenAct,
  withdrawAct,
  dropPasskeyAct,
  scenariosPage,
  scenarioPage,
  planAct,
  templatesPage,
  templatePage,
  sitesPage,
  sitePage,
  importAct,
  readingRoom,
  figuresPage,
  comparisonFile,
  figuresFile,
  publishedFile,
  shelfPage,
  sortAct,
  identitiesPage,
  metricsFile,
  accountsPage,
  auditPage,
  inviteAct,
  inviteAgainAct,
  grantAct,
  disableAct,
]
