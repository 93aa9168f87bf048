import type { Complaint } from '../../scenario-folder.ts'
import { type Cli, visible } from '../cli.ts'

/** Faults before warnings, each with its place. `folder` stands before the file's name. */
export function tellComplaints(cli: Cli, complaints: readonly Complaint[], folder?: string): void {
  const inOrder = [...complaints].sort((a, b) => Number(a.level === 'warning') - Number(b.level === 'warning'))
  for (const { level, file, line, what } of inOrder) {
    const place = `${folder === undefined || file.startsWith('/') ? '' : `${folder}/`}${file}${line === undefined ? '' : `:${line}`}`
    cli.err(`${visible(`${level}: ${place}: ${what}`)}\n`)
  }
}

export function hasFault(complaints: readonly Complaint[]): boolean {
  return complaints.some(({ level }) => level === 'fault')
}

/** `2 faults, 1 warning` */
export function countWords(complaints: readonly Complaint[]): string {
  const count = (level: Complaint['level']) => {
    const n = complaints.filter((one) => one.level === level).length
    return n === 0 ? [] : [`${n} ${level}${n === 1 ? '' : 's'}`]
  }
  return [...count('fault'), ...count('warning')].join(', ')
}
