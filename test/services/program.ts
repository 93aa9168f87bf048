import { execFileSync } from 'node:child_process'

/** Why a suite cannot run here that needs this program, or undefined when it is there. */
export function lacking(program: string, debianPackage: string): string | undefined {
  try {
    execFileSync('which', [program], { stdio: 'ignore' })
    return undefined
  } catch {
    return `skipped: there is no ${program}, Debian package ${debianPackage}`
  }
}
