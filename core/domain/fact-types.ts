import type { ChallengeFact, RunFact } from './event.ts'

/** Every type of fact by name, so that a log which somebody else wrote can be held against them. */
const ofRun: Record<RunFact['type'], true> = {
  RunPlanned: true,
  RunApproved: true,
  RunLaunched: true,
  ConsentGiven: true,
  ConsentWithdrawn: true,
  WaveOpened: true,
  RunPaused: true,
  RunResumed: true,
  HeldDecided: true,
  RunStopped: true,
  RunEnded: true,
  OutageRecorded: true,
  PublicationChanged: true,
  StepTicked: true,
  ContentPurged: true,
}

const ofChallenge: Record<ChallengeFact['type'], true> = {
  ChallengePlanned: true,
  JobSubmitting: true,
  JobSubmitted: true,
  JobRefused: true,
  JobPaused: true,
  JobUnsure: true,
  JobStateSeen: true,
  JobCancelRequested: true,
  AgentSeen: true,
  AgentLate: true,
  AgentLost: true,
  AgentBack: true,
  AgentStopped: true,
  TaskOrdered: true,
  TaskSigned: true,
  TaskRefused: true,
  TaskReported: true,
  MailOrdered: true,
  MailSending: true,
  MailAccepted: true,
  MailRefused: true,
  MailUnsure: true,
  MailResent: true,
  MailReceived: true,
  MailJudged: true,
  ReportReceived: true,
  TicketChanged: true,
  PartyPlanned: true,
  RevocationSeen: true,
  AccessChanged: true,
  AccessFinding: true,
  OfficerNoted: true,
  WordReached: true,
  PauseAgreed: true,
  DowntimeSeen: true,
  CertificationSeen: true,
  PackagesSeen: true,
  AnswerGraded: true,
  ScoreOverridden: true,
  AppealReceived: true,
  AppealAnswered: true,
}

/** Whether a stream can hold facts of that type. */
export function isFactOf(stream: string, type: string): boolean {
  return Object.hasOwn(stream.startsWith('run/') ? ofRun : ofChallenge, type)
}
