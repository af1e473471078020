/** npm run bench: prints Markdown tables, with the machine they were measured on. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { machine } from './measure.ts';
import { benchGrowth, benchPrepare } from './prepare.ts';
import { benchUpload } from './upload.ts';

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
  upload: benchUpload,
};
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
