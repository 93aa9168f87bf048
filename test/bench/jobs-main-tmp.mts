import { withInstance, setUpName } from '/work/main/test/bench/setup.ts'
import { measureJobs } from '/work/main/test/bench/jobs-tmp.ts'
import { tableOf } from '/work/main/test/bench/figures.ts'
console.log(setUpName(process.env))
console.log(tableOf(await withInstance((i) => measureJobs(i, { rounds: Number(process.argv[3] ?? 3), jobs: Number(process.argv[2] ?? 400) }))))
