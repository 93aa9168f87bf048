import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { disableAccount, keepAccount } from '../../../app/admit-person.ts'
import { type Account, grantWords, isTaken, readGrant } from '../../../domain/account.ts'
import { InputError } from '../../../domain/errors.ts'
import { inviteTo } from '../../../invitation.ts'
import { acting, type Office, reading } from '../route.ts'

const Line = z.object({
  id: z.string(),
  name: z.string(),
  grants: z.array(z.string()),
  createdMs: z.number(),
  joinedMs: z.number().optional(),
  disabledMs: z.number().optional(),
  invitedBy: z.string().optional(),
  isOpenId: z.boolean(),
})

/** Who may come in. */
export const accountsPage = reading({
  name: 'accounts',
  path: '/accounts',
  summary: 'Everybody who may come in, with their roles',
  need: 'instance',
  query: z.object({}),
  answer: z.object({ accounts: z.array(Line) }),
  read: async ({ office }) => ({ accounts: (await office.instance.accounts.list()).map(lineOf) }),
  page: ({ accounts }, { viewer }) => ({
    title: 'Accounts',
    template: 'accounts',
    view: {
      accounts: accounts.map((one) => ({
        ...{ invitedBy: false, joinedMs: false, disabledMs: false },
        ...one,
        isSelf: one.id === viewer.account.id,
        roles: one.grants.join(', '),
      })),
    },
  }),
})

function lineOf({ id, name, grants, createdMs, joinedMs, disabledMs, invitedBy, subject }: Account): z.infer<typeof Line> {
  return {
    ...{ id, name, grants: grants.map(grantWords), createdMs, isOpenId: subject !== undefined },
    ...(joinedMs !== undefined && { joinedMs }),
    ...(disabledMs !== undefined && { disabledMs }),
    ...(invitedBy !== undefined && { invitedBy }),
  }
}

const HOW = 'csirt, ngi:NAME, site:NAME, reader:public, reader:csirt or reader:ngi:NAME'

/** `csirt`, or several apart by commas. */
const Roles = z
  .string()
  .max(2_000)
  .transform((text, context) => {
    const words = text.split(/[\s,]+/).filter((word) => word !== '')
    const grants = words.map((word) => ({ word, grant: readGrant(word) }))
    for (const { word, grant } of grants)
      if (grant === undefined) context.addIssue({ code: 'custom', message: `'${word}' is no role: say ${HOW}` })
    if (words.length === 0) context.addIssue({ code: 'custom', message: `say ${HOW}` })
    return grants.flatMap(({ grant }) => grant ?? [])
  })

/** The link is shown to who invites, and goes to the person by a way that the two trust. */
export const inviteAct = acting({
  name: 'invite',
  path: '/accounts',
  summary: 'Makes an account, and the link with which its person comes in',
  need: 'instance',
  inPerson: true,
  on: accountsPage,
  body: z.object({ name: z.string().trim().min(1, 'say who it is').max(80), roles: Roles }),
  answer: z.object({ id: z.string(), link: z.string() }),
  act: async ({ office, viewer, body: { name, roles } }) => {
    const { instance } = office
    if (isTaken(name, await instance.accounts.list()))
      throw new InputError('nobody was invited:', [`name: somebody is called '${name}' already; the log must tell them apart`])
    const by = viewer.account.name
    const account: Account = { id: randomUUID(), name, grants: roles, createdMs: instance.clock.wall(), invitedBy: by }
    await keepAccount(instance, account, { what: 'invited', by })
    const link = await inviteTo(office.instance, office.origin, account.id)
    return { data: { id: account.id, link }, said: `Give this link to ${name}; it holds for 7 days, and once: ${link}`, to: '/accounts' }
  },
})

async function accountOf({ instance }: Office, id: string): Promise<Account> {
  const account = await instance.accounts.byId(id)
  if (account === undefined) throw new InputError('there is no such account.', [])
  return account
}

/** For who lost their passkey, too. */
export const inviteAgainAct = acting({
  name: 'invite-again',
  path: '/accounts/:account/invitations',
  summary: 'A new link for an account: its person makes a passkey with it',
  need: 'instance',
  inPerson: true,
  on: accountsPage,
  body: z.object({}),
  answer: z.object({ link: z.string() }),
  act: async ({ office, params, viewer }) => {
    const account = await accountOf(office, params.account!)
    if (account.disabledMs !== undefined) throw new InputError(`${account.name} was closed.`, [])
    const link = await inviteTo(office.instance, office.origin, account.id)
    await keepAccount(office.instance, account, { what: 'invited', by: viewer.account.name })
    return { data: { link }, said: `Give this link to ${account.name}; it holds for 7 days, and once: ${link}`, to: '/accounts' }
  },
})

export const grantAct = acting({
  name: 'grant',
  path: '/accounts/:account/roles',
  summary: 'Gives an account other roles, from now on',
  need: 'instance',
  inPerson: true,
  on: accountsPage,
  body: z.object({ roles: Roles }),
  answer: z.object({}),
  act: async ({ office, params, viewer, body: { roles } }) => {
    const account = await accountOf(office, params.account!)
    if (account.id === viewer.account.id)
      throw new InputError('nobody changes their own roles: have another officer of the CSIRT do it.', [])
    await keepAccount(office.instance, { ...account, grants: roles }, { what: 'given', by: viewer.account.name })
    return { data: {}, said: `${account.name} is now: ${roles.map(grantWords).join(', ')}.`, to: '/accounts' }
  },
})

export const disableAct = acting({
  name: 'close-account',
  path: '/accounts/:account/closing',
  summary: 'Closes an account: its sessions and tokens end at once',
  need: 'instance',
  inPerson: true,
  on: accountsPage,
  body: z.object({}),
  answer: z.object({}),
  act: async ({ office, params, viewer }) => {
    const account = await accountOf(office, params.account!)
    await disableAccount(office.instance, { account, by: viewer.account.name })
    return { data: {}, said: `${account.name} is out.`, to: '/accounts' }
  },
})
