/** Under which names an agent can be seen at a site: its name to web servers, its folder, its children, its load, its marker files. */
export const agentNames: readonly string[] = [
  'ssc-agent',
  'ssc-agent.PID',
  'ssc-exercise-sleep',
  'ssc-exercise-load',
  'ssc-exercise-marker-N',
]
