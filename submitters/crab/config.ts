import { PermanentError } from '../../core/domain/errors.ts'
import type { JobRequest } from '../../core/domain/submitter.ts'
import type { CrabOptions } from './schema.ts'
import { requestNameOf } from './task.ts'

/** What the job wrote stands between these in CRAB's log of it. */
export const MARK = { begin: 'job-output-begins', end: 'job-output-ends' }
/** In blocks of 512 bytes, as POSIX counts: 10 MiB. */
export const MAX_BLOCKS = 20_480

/** A string of Python. Throws PermanentError for what is not plain printable ASCII: nothing of ours needs it. */
export function pyString(text: string): string {
  if (!/^[ -~]*$/.test(text)) throw new PermanentError('only printable ASCII can stand in a CRAB configuration')
  return `'${text.replaceAll(/[\\']/g, '\\$&')}'`
}

/**
 * A task of one job at one site, https://twiki.cern.ch/twiki/bin/view/CMSPublic/CRAB3ConfigurationFile: made as a simulation,
 * the only kind without input data, whose program is a script. Nothing is stored or published.
 */
export function configOf(job: JobRequest & { voName: string }, options: CrabOptions, folder: string): string {
  const settings: [string, string][] = [
    ['General.requestName', pyString(requestNameOf(job.label))],
    ['General.workArea', pyString(folder)],
    ['General.instance', pyString(options.instance)],
    ['General.transferOutputs', 'False'],
    ['General.transferLogs', 'False'],
    ['JobType.pluginName', pyString('PrivateMC')],
    ['JobType.psetName', pyString(`${folder}/pset.py`)],
    ['JobType.scriptExe', pyString(`${folder}/job.sh`)],
    ['JobType.inputFiles', `[${pyString(`${folder}/agent.sh`)}]`],
    ['JobType.disableAutomaticOutputCollection', 'True'],
    ['JobType.maxJobRuntimeMin', String(Math.max(1, Math.ceil(job.lifeSeconds / 60)))],
    ['Data.splitting', pyString('EventBased')],
    ['Data.unitsPerJob', '1'],
    ['Data.totalUnits', '1'],
    ['Data.publication', 'False'],
    ['Site.whitelist', `[${pyString(job.voName)}]`],
  ]
  const sections = [...new Set(settings.map(([name]) => name.split('.')[0] ?? ''))]
  return [
    'from WMCore.Configuration import Configuration',
    'config = Configuration()',
    ...sections.map((section) => `config.section_(${pyString(section)})`),
    ...settings.map(([name, value]) => `config.${name} = ${value}`),
    '',
  ].join('\n')
}

/** The client wants a parameter set, though the script never runs it. */
export const PSET = `import FWCore.ParameterSet.Config as cms
process = cms.Process('JOB')
process.source = cms.Source('EmptySource')
process.maxEvents = cms.untracked.PSet(input=cms.untracked.int32(1))
`

/**
 * CRAB begins a job again after these, of which it takes all for faults of the node (RetryJob.py of
 * https://github.com/dmwm/CRABServer, in 8 bits): they are told as 99, so that a label begins one job.
 */
const RETRIED = [1, 50, 65, 81, 84, 85, 92, 134, 137, 195, 243]

/** Runs the agent, and writes the report that CRAB's wrapper wants of whatever ran (FAQ: "scriptExe"). */
export const SCRIPT = `#!/bin/sh
ulimit -f ${MAX_BLOCKS}
echo ${MARK.begin}
sh agent.sh 2>&1
code=$?
case $code in ${RETRIED.join(' | ')}) code=99 ;; esac
echo
echo ${MARK.end}
error=
[ "$code" -eq 0 ] || error="<FrameworkError ExitStatus=\\"$code\\" Type=\\"Script\\">the script ended with $code</FrameworkError>"
cat >FrameworkJobReport.xml <<END
<FrameworkJobReport>
<ReadBranches>
</ReadBranches>
$error
</FrameworkJobReport>
END
exit "$code"
`
