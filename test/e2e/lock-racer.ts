import { createInterface } from 'node:readline'
import { RefusedError } from '../../core/domain/errors.ts'
import { lockFolder } from '../../core/io/store/lock.ts'

/** Wants each folder that is named on a line of its input, and says what came of it. */
createInterface({ input: process.stdin }).on('line', (folder) => {
  lockFolder(folder).then(
    () => console.log('got it'),
    (error) => console.log(error instanceof RefusedError ? 'refused' : String(error)),
  )
})
console.log('ready')
