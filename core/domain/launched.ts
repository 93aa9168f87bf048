/** What a launch lays down: between which moments an agent may run (ms since 1970), and what ends them all. */
export type Launched = {
  by: string
  agentsStartMs: number
  agentsEndMs: number
  /** Signed: ends every agent of the run, whoever hands it out. */
  stopLine: string
}
