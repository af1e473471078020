/** npm run bench: prints Markdown tables, with the machine of the measurement. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { machine } from './measure.ts';
import { benchPostgres } from './postgres-scan.ts';
import { benchGrowth, benchPrepare } from './prepare.ts';
import { benchSources } from './sources.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rows: { type: 'string', default: '5000000' },
    rounds: { type: 'string', default: '3' },
    growth: { type: 'string', default: '5000000,50000000' },
  },
});
const all: Record<string, (directory: string) => Promise<void> | void> = {
  prepare: (directory) => benchPrepare(directory, Number(values.rows), Number(values.rounds)),
  growth: (directory) => benchGrowth(directory, values.growth.split(',').map(Number)),
  sources: (directory) => benchSources(directory, Number(values.rows), Number(values.rounds)),
  postgres: (directory) => benchPostgres(directory, Number(values.rows), Number(values.rounds)),
  upload: () => script('upload.ts'),
  kernel: () => script('kernel.ts'),
  service: () => script('service.ts'),
  waiting: () => script('waiting.ts'),
  api: () => script('api.ts'),
};

/** Runs a benchmark in a separate process. */
function script(name: string): void {
  console.log(`\n${name}\n`);
  spawnSync(process.execPath, [join(import.meta.dirname, name)], { stdio: 'inherit' });
}

const names = positionals.length > 0 ? positionals : Object.keys(all);
const unknown = names.find((name) => !(name in all));
if (unknown) {
  console.error(`There is no benchmark "${unknown}": ${Object.keys(all).join(', ')}.`);
  process.exit(2);
}

const directory = mkdtempSync(join(tmpdir(), 'lineup-bench-'));
try {
  console.log(machine());
  for (const name of names) await all[name]?.(directory);
} finally {
  rmSync(directory, { recursive: true, force: true });
}
