import type { Cannot } from '../conformance/rig.ts'
import { submitterConformance } from '../conformance/submitter.ts'
import { makePandaRig } from './panda-rig.ts'

const CANNOT: readonly Cannot[] = [
  {
    reason: "PanDA's API hands out no standard output: it is in the log archive that the pilot stores with the VO's data management.",
    tests: [
      'when a job wrote something, then its output is told',
      'when a job wrote far too much, then no more than 64 KiB is told',
      'when the output of an unknown id is asked, then it is refused for good',
      'when a job does not listen to the polite signal, then it is ended all the same',
    ],
  },
  {
    reason: 'PanDA forgets no task on request: it archives them by age.',
    tests: ['when an ended job is cleaned, then it is missing; a running one is kept'],
  },
  {
    reason:
      "PanDA's lists tell of a task only minutes after its submission: until then another worker submits again, and PanDA answers with the task that has the name.",
    tests: ['when a worker looks for a label that another one sent, with none of its files, then it finds the job all the same'],
  },
  {
    reason: 'PanDA takes any description at submission; what is wrong with it shows later, as a task that is `broken`.',
    tests: ['when the description is bad, then it is refused for good in the words of the system'],
  },
]

submitterConformance('panda', () => makePandaRig(), CANNOT)
