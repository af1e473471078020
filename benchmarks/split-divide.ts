/** The work of `split.ts`, in a process of its own: `node split-divide.ts <source> <directory>`. */
import { join } from 'node:path';
import { openSource } from '../src/compose/open-source.ts';
import { readConfig } from '../src/config/config.ts';
import { divide } from '../src/export/split/divide.ts';
import { newFileKey } from '../src/store/sealed-files/gcm.ts';
import { SealedWriter } from '../src/store/sealed-files/sealed-file.ts';

const [name = '', directory = ''] = process.argv.slice(2);
const signal = new AbortController().signal;
const where = { source: name, format: undefined, encoding: undefined };
const source = await openSource(where, (await readConfig()).variable, signal);
const files: SealedWriter[] = [];
const scan = await source.scan(['shop', 'email'], signal);
const { rows, parts } = await divide({
  scan,
  fields: ['email'],
  accept: () => {},
  open: async (value) => {
    const file = await SealedWriter.open(join(directory, value), newFileKey());
    files.push(file);
    return file;
  },
});
for (const file of files) {
  await file.end();
  await file.close();
}
await scan.close();
await source.close();
console.log(JSON.stringify({ rows, parts: Object.fromEntries(parts) }));
