import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { freshHome } from '../services/homes.ts'
import { project, sscCommand } from '../services/process.ts'

const { home, remove } = freshHome()
afterEach(remove)
