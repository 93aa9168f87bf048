import { z } from 'zod'
import { readIdentities, statesOf } from '../../../io/identities.ts'
import { reading } from '../route.ts'

const Line = z.object({
  kind: z.string(),
  subject: z.string(),
  holder: z.string(),
  vo: z.string().nullable(),
  credentials: z.array(z.object({ kind: z.string(), endsMs: z.number().nullable() })),
  problems: z.array(z.string()),
})

/** Who acts in a challenge. Where the files lie is nobody's business but the machine's. */
export const identitiesPage = reading({
  name: 'identities',
  path: '/identities',
  summary: 'The register of identities: memberships, credentials, and when these end',
  need: 'instance',
  query: z.object({}),
  answer: z.object({ identities: z.array(Line) }),
  read: async ({ office: { instance } }) => {
    const register = readIdentities(instance.config.home)
    // Certificates end in real time, whatever a rehearsal's clock says.
    const states = await statesOf(register, instance.clock.wall())
    const identities = register.map(({ kind, subject, holder, vo }) => {
      const state = states.get(subject)
      const credentials = (state?.credentials ?? []).map((one) => ({ kind: one.kind, endsMs: one.endsMs ?? null }))
      return {
        kind,
        subject,
        holder,
        vo: vo === undefined ? null : `${vo.name}, ${vo.state}`,
        credentials,
        problems: [...(state?.problems ?? [])],
      }
    })
    return { identities }
  },
  page: ({ identities }) => ({
    title: 'Identities',
    template: 'identities',
    view: {
      identities: identities.map((one) => ({
        ...one,
        vo: one.vo ?? 'none',
        credentials: one.credentials.map(({ kind, endsMs }) => ({ kind, endsMs: endsMs ?? undefined })),
      })),
    },
  }),
})
