import type { Account } from './domain/account.ts'
import type { ChainRow } from './domain/chain.ts'
import type { Event, Fact, LetterName, ReplyKind } from './domain/event.ts'
import type { TaskResult } from './domain/heartbeat.ts'
import type { WorkKind } from './domain/work.ts'

/** `now` is the story's time and jumps in a rehearsal; `wall` is the machine's. Both in ms since 1970. */
export type Clock = { now(): number; wall(): number }

export type EffectKind = WorkKind
/** `held`: it fell into a pause, and waits for an officer's word. */
export type EffectState = 'queued' | 'doing' | 'done' | 'deferred' | 'held' | 'refused' | 'unsure'

/** Something that the framework does to the outside, once. The id is the idempotency key and the queue's job id. */
export type Effect = {
  id: string
  run: string
  stream: string
  kind: EffectKind
  due: number
  state: EffectState
  attempts: number
  owner: string | null
  payload: Record<string, unknown>
}

export type NewEffect = Pick<Effect, 'id' | 'run' | 'stream' | 'kind' | 'due' | 'payload'>

/** A fact to append; with a `key` it is appended at most once to its stream. */
export type NewFact = Fact & { stream: string; key?: string }

/** A job's entry in the liveness table: made before it is submitted, so that no stranger's heartbeat makes a row. */
export type NewJob = { job: string; run: string; stream: string }

/** `line`: as it goes over the wire. */
export type NewTask = { job: string; sequence: number; line: string }

/** Old content that may be erased later; its hash stays in the log. */
export type Content = { hash: string; run: string; stream: string; bytes: Uint8Array }

/** By what an answer finds its letter: a token, a code, a ticket, a subject's tag, as `core/domain/refs.ts` writes them. The first to name it has it. */
export type NewRef = LetterName & { ref: string; stream: string }
export type Ref = NewRef & { run: string }

/** All or nothing, and only when `move` applies: the one way in which the store is written. */
export type Change = {
  run: string
  /** Moves an effect on; when it is in none of the states `from`, nothing of the change happens. */
  move?: {
    id: string
    from: readonly EffectState[]
    to: EffectState
    owner?: string | null
    due?: number
    /** What was over is wanted once more: it counts again, and has all its tries. */
    anew?: true
    /** Counts against a limit of the run, by one unless it says otherwise; over it the change is not applied. */
    count?: { name: string; max: number; by?: number }
    /** The change is not applied once the run was stopped: checked in the same transaction. */
    unlessStopped?: true
    /** The change is not applied once the run's own log has grown beyond this place: checked in the same transaction. */
    runSeq?: number
  }
  facts?: readonly NewFact[]
  effects?: readonly NewEffect[]
  jobs?: readonly NewJob[]
  /** Signed tasks, for the listener to hand out in the order of their sequence. */
  tasks?: readonly NewTask[]
  contents?: readonly Content[]
  refs?: readonly NewRef[]
  /** The agents of these streams are told to stop at their next heartbeat. */
  stopJobs?: readonly string[]
  /** Those of them that were never seen are told so no longer, unless the run was stopped. */
  freeJobs?: readonly string[]
}

export type Committed = 'applied' | 'not in that state' | 'over the limit' | 'stopped' | 'overtaken'

/** A heartbeat whose signature was checked. */
export type Heartbeat = {
  job: string
  sequence: number
  /** The agent's farewell; absent in a plain heartbeat. */
  farewell?: 'told' | 'expired' | 'signal'
  host: string
  pid: number
  /** What became of the newest task. */
  result?: TaskResult
}

/** `repeated` = the newest one again (its answer was lost); `old` = a replay. */
export type HeartbeatWord = 'go on' | 'stop' | 'repeated' | 'old' | 'unknown'

/** `task`: the signed line that is next. `run` goes with it, and with `stop`: whose signed stop is handed out. */
export type HeartbeatAnswer = { word: HeartbeatWord; run?: string; task?: string }

/** Liveness of a job, one row, changed in place; only changes of `state` become facts. */
export type Liveness = {
  job: string
  run: string
  stream: string
  state: 'expected' | 'alive' | 'late' | 'lost' | 'stopped'
  firstMs: number | null
  lastMs: number | null
  count: number
  stop: boolean
  /** The sequence of the newest task that the agent told of; of the newest that was signed. */
  toldTask: number
  newestTask: number
}

export type RunRow = { run: string; events: number }

export type Store = {
  /** Durable when it resolves. Commits of one moment share a transaction. */
  commit(change: Change): Promise<Committed>
  readStream(stream: string): Promise<Event[]>
  /** All streams of a run, each in its order, the run's own first. */
  readRun(run: string): Promise<Event[]>
  /** The newest place of each stream of a run. */
  heads(run: string): Promise<{ stream: string; seq: number; hash: string }[]>
  /** The log as it is stored, for the check of its chains. */
  chainRows(run: string): Promise<ChainRow[]>
  listRuns(): Promise<RunRow[]>
  effect(id: string): Promise<Effect | undefined>
  effects(run: string, states: readonly EffectState[]): Promise<Effect[]>
  /** Open effects of the run (queued or deferred) that are due at `now`. */
  dueEffects(run: string, now: number): Promise<Effect[]>
  /** When the run's next open effect is due. */
  nextDue(run: string): Promise<number | undefined>
  /** Answers in the order of the beats; durable when it resolves. */
  takeHeartbeats(beats: readonly Heartbeat[], now: number): Promise<HeartbeatAnswer[]>
  liveness(run: string): Promise<Liveness[]>
  job(job: string): Promise<Liveness | undefined>
  /** Marks jobs late or lost that were silent for so long by the machine's clock, and logs it. */
  sweepLiveness(run: string, now: number, ms: { late: number; lost: number }): Promise<number>
  content(hash: string): Promise<Uint8Array | undefined>
  /** What these stand for; what is not known is left out. */
  refs(refs: readonly string[]): Promise<Ref[]>
  /** Erases old content of a run, or of the mailroom; its hashes stay in the log. Gives back how many pieces. */
  purge(run: string, olderThanMs: number): Promise<number>
  document<T>(name: string): Promise<T | undefined>
  putDocument(name: string, value: unknown): Promise<void>
  /** Effects that a process which no longer lives was doing. */
  orphans(run: string, alive: (owner: string) => boolean): Promise<Effect[]>
  close(): Promise<void>
}

/** Carries ids of effects that are due now; everything in it can be rebuilt from the store. */
export type JobQueue = {
  /** Adding an id that is in the queue already changes nothing. */
  add(ids: readonly string[]): Promise<void>
  /** A TransientError is tried again with backoff, any other error is not. */
  work(handler: (id: string) => Promise<void>, concurrency: number): void
  /** Empties the queue, for tests and for a restore. */
  flush(): Promise<void>
  close(): Promise<void>
}

export type OutgoingMail = {
  messageId: string
  from: string
  to: string
  /** The address for answers, with the challenge's tag. */
  replyTo: string
  subject: string
  text: string
  headers: Record<string, string>
  inReplyTo?: string
  references?: readonly string[]
  attachments?: readonly { name: string; contentType: string; bytes: Uint8Array }[]
}

/** A mail as it goes over the wire, byte for byte: signed, and encrypted where that is so. */
export type ComposedMail = { messageId: string; to: string; envelope: { from: string; to: string[]; size: number }; bytes: Uint8Array }

/**
 * Sends a mail once. Resolves with the server's answer when it took it. Throws PermanentError (5xx), TransientError
 * (4xx, or the connection failed before the message was handed over) or UnsureError (it was lost after that).
 */
export type Mailer = { send(mail: ComposedMail): Promise<string>; host: string; close(): void }

/** A letter, ready to go. */
export type WrittenLetter = { mail: OutgoingMail; composed: ComposedMail }

/** What became of a letter that was carried: the other side's answer, and the ticket in which it stands. */
export type Carried = { answer: string; ticket?: string }

/** The way of a letter: by mail, or by a ticket system. Throws as the port Mailer does. */
export type Carrier = {
  /** `mail`, or the ticket system's name in config.yaml. */
  name: string
  host: string
  send(letter: WrittenLetter, thread: { ticket?: string | undefined }): Promise<Carried>
  /** After a crash: whether it arrived, where the other side can be asked. */
  find?(letter: { messageId: string }, thread: { ticket?: string | undefined }): Promise<Carried | undefined>
}

/** What hung on a mail: never opened. */
export type Attachment = { name: string; contentType: string; bytes: number; sha256: string }

/** A mail as it came in, parsed within limits. */
export type IncomingMail = {
  messageId: string
  from: string
  to: readonly string[]
  subject: string
  references: readonly string[]
  kind: ReplyKind
  because: string
  text: string
  /** What its author wrote, without what is quoted and the signature. */
  said: string
  attachments: readonly Attachment[]
  dateMs?: number
  /** Why a filter before us held it to be spam. */
  spam?: string
  /** When our own mailbox or ticket system took it, where that was before we read it: ms since 1970. */
  cameMs?: number
  raw: Uint8Array
  contentHash: string
}

/** Who sent a mail to whom, as the SMTP session said; unknown where a mailbox was read. */
export type Envelope = { from: string; to: readonly string[] }

/** What a mailbox says of a mail. `broken`: these bytes are not the whole of it, and why. `cameMs`: when its server took it, ms since 1970. */
export type Came = { broken?: string; cameMs?: number }

/** A mail that was read, or why it could not be. Rejects with TransientError alone, when the fault is ours. */
export type Parser = {
  parse(raw: Uint8Array, envelope?: Envelope): Promise<{ mail: IncomingMail } | { corrupt: string }>
  close(): Promise<void>
}

export type Inbox = { close(): Promise<void> }

/** The keys of this instance; secret material stays behind it. */
export type Keys = {
  /** A job's token: what its heartbeats are signed with. Hex. */
  jobToken(job: string): string
  /** Binds a mail to its challenge. Hex, 32 digits. */
  mailToken(stream: string, letter: string): string
  sign(bytes: Uint8Array): { publicKey: string; value: string }
  /** What agents obey: RSA, PKCS#1 v1.5 with SHA-256 (RFC 8017, section 8.2). A process that only listens never asks for it. */
  orders: { publicKey(): string; sign(text: string): string }
}

/** What lets one in: a session of a browser, a token of a script, an invitation to join. Only its hash is kept. Times in ms since 1970. */
export type Login = {
  hash: string
  account: string
  kind: 'session' | 'token' | 'invitation'
  /** As its owner calls it. */
  label: string
  madeMs: number
  usedMs: number
  untilMs: number
}

/** A passkey, as WebAuthn brings it (https://www.w3.org/TR/webauthn-2/, section 6.1). `counter` grows with each use, where the device counts. */
export type Passkey = {
  id: string
  account: string
  publicKey: string
  counter: number
  transports: readonly string[]
  label: string
  madeMs: number
}

/** Who may come in. It is no part of the log: secrets and addresses can be taken back. */
export type Accounts = {
  list(): Promise<Account[]>
  byId(id: string): Promise<Account | undefined>
  bySubject(subject: string): Promise<Account | undefined>
  /** Keeps it whole. False when another account has that name, or that subject. */
  put(account: Account): Promise<boolean>
  logins(account: string): Promise<Login[]>
  login(hash: string): Promise<Login | undefined>
  putLogin(login: Login): Promise<void>
  /** True when it was there: of two that take the same, one is told so. */
  takeLogin(hash: string): Promise<boolean>
  dropLogins(account: string, kinds: readonly Login['kind'][]): Promise<void>
  /** Sessions, tokens and invitations that are over, and whatever lets closed accounts in. Gives back how many went. */
  dropPast(when: { nowMs: number; idleSinceMs: number }): Promise<number>
  passkeys(account: string): Promise<Passkey[]>
  passkey(id: string): Promise<Passkey | undefined>
  putPasskey(passkey: Passkey): Promise<void>
  dropPasskey(id: string, account: string): Promise<void>
}
