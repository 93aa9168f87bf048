import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mailKinds } from '../../../core/domain/mail.ts'
import { openRig, type Person, type Rig } from './rig.ts'

type Templates = { templates: { kind: string; from: string[] }[]; problems: string[] }
type Template = { preview: string; files: { from: string; text: string }[] }

describe('the pages of templates', () => {
  let rig: Rig
  let csirt: Person

  beforeAll(async () => {
    rig = await openRig()
    csirt = await rig.person('Ada Officer', [{ role: 'csirt' }])
  })
  afterAll(() => rig.close())

  const read = async <T>(path: string) => (await (await csirt.get(`/api/v1${path}`)).json()) as T

  it('given the project’s templates, when they are listed, then every kind is there and nothing is wrong; one looks as the mail', async () => {
    const { templates, problems } = await read<Templates>('/templates')
    expect(templates.map(({ kind }) => kind)).toEqual([...mailKinds])
    expect(problems).toEqual([])
    const { preview, files } = await read<Template>('/templates/question?scenario=ssc5-regional')
    expect(preview).toMatch(/^Subject: EXERCISE: question/m)
    expect(await (await csirt.get('/templates/question')).text()).toContain('*** EXERCISE - EXERCISE - EXERCISE ***\nThis letter')
    expect(files[0]).toMatchObject({ from: 'the project', text: expect.stringContaining('{{text}}') })
    expect((await csirt.get('/templates/no-such-kind')).status).toBe(404)
    expect((await csirt.get('/templates/alert?scenario=no-such')).status).toBe(422)
  })

  it('given one of somebody’s own that is wrong, when the list is opened, then it says so with its place, and is still there', async () => {
    const folder = join(rig.instance.config.home, 'mail-templates')
    mkdirSync(folder)
    writeFileSync(join(folder, 'alert.hbs'), 'Subject: <b>{{no.such.field}}</b>\n\nDear {{site.name}}\n')
    const { problems } = await read<Templates>('/templates')
    expect(problems.join('\n')).toContain('alert.hbs')
    const html = await (await csirt.get('/templates')).text()
    expect(html).toContain('What is wrong with them')
    expect(html).not.toContain('<b>{{')
  })
})
