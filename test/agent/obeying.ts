import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { renderAgent } from '../../core/agent/render.ts'
import { type Surroundings, settings, startScript } from './rig.ts'

/** What an agent thinks of a line, and all that a line could have changed. */
export type Verdict = { said: string; why: string; newest: number; state: string }

/** Instead of its life: judges and carries out what lies in the file `answer`, once for each line on standard input. */
const driver = `
remember
prepare
tick 0
printf 'folder %s\\n' "$own"
while read -r next; do
  tick 0
  result=
  read_answer
  obey </dev/null
  printf 'verdict %s|%s|%s|%s\\n' "$said" "$why" "$newest" "$place $spawned $children $burned $burner $markers $stopped"
done
finish '' 0
`

/** The very functions of an agent, without the network: some hundreds of answers can be tried in seconds. */
export async function startObeying(change: Parameters<typeof settings>[0], around: Surroundings = {}) {
  const rendered = renderAgent(settings(change))
  if (!rendered.endsWith('\nlive\n')) throw new Error('the last line of the agent is not its start')
  const agent = startScript(rendered.slice(0, -'live\n'.length) + driver, around)
  const lines = createInterface({ input: agent.process.stdout })[Symbol.asyncIterator]()
  const own = await next('folder ')

  async function next(word: string): Promise<string> {
    for (;;) {
      const { value, done } = await lines.next()
      if (done) throw new Error(`the agent ended: ${agent.output()}`)
      if (value.startsWith(word)) return value.slice(word.length)
    }
  }

  /** Gives the agent the bytes of an answer. */
  async function obey(answer: string | Buffer): Promise<Verdict> {
    writeFileSync(join(agent.folder, own, 'answer'), answer)
    agent.process.stdin.write('\n')
    const [said = '', why = '', newest = '', ...state] = (await next('verdict ')).split('|')
    return { said, why, newest: Number(newest), state: state.join('|') }
  }
  return { ...agent, own, obey }
}
