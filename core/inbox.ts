import { createMatcher, takeReply } from './app/take-reply.ts'
import { readRunState } from './app/view.ts'
import { challengeStream } from './domain/event.ts'
import type { Instance } from './instance.ts'
import { startInbox } from './io/mail/smtp-inbox.ts'
import type { Inbox } from './ports.ts'

/** Takes the sites' answers by SMTP, and puts each to its challenge. `onMail` is told after it is kept. */
export function openInbox(
  instance: Instance,
  options: { host: string; port: number; onMail?: () => void; onError(error: unknown): void },
): Promise<Inbox> {
  const { store, keys, config } = instance
  const match = createMatcher(keys, () => streamsOf(instance))
  return startInbox({
    host: options.host,
    port: options.port,
    address: config.mail,
    accept: async (mail) => {
      await takeReply({ store, match }, mail)
      options.onMail?.()
    },
    onError: options.onError,
  })
}

async function streamsOf({ store }: Instance): Promise<{ run: string; stream: string }[]> {
  const runs = await Promise.all((await store.listRuns()).map(({ run }) => readRunState(store, run)))
  return runs.flatMap(({ plan }) => plan.sites.map((site) => ({ run: plan.id, stream: challengeStream(plan.id, site.name) })))
}
