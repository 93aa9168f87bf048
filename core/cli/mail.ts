import type { Command } from 'commander'
import type { Cli } from './cli.ts'
import { addJudge } from './mail/judge.ts'
import { addLink } from './mail/link.ts'
import { addLint } from './mail/lint.ts'
import { addList } from './mail/list.ts'
import { addPreview } from './mail/preview.ts'
import { addResend } from './mail/resend.ts'
import { addSend } from './mail/send.ts'
import { addShelf } from './mail/shelf.ts'
import { addShow } from './mail/show.ts'
import { addSort } from './mail/sort.ts'
import { addThread } from './mail/thread.ts'

export function addMail(mail: Command, cli: Cli): void {
  mail.description('The correspondence of a run: what we wrote, what became of it, what was answered, and what waits for an officer.')
  for (const add of [addList, addThread, addPreview, addLint, addSend, addResend, addShelf, addShow, addSort, addJudge, addLink])
    add(mail, cli)
}
