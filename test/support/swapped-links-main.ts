/**
 * Opens a file while links replace it. Prints what was read, or the code of the error. It runs with one thread for
 * files (`UV_THREADPOOL_SIZE=1`), so the system carries out its calls in the order in which they were made: a link when
 * the file is opened, the file itself when the second call asks for its path, a link again for the third. Arguments:
 * the folder of the test; what is replaced, `file` or `folder`.
 */
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { openFile } from '../../src/sources/files/location.ts';

const [root = '', kind] = process.argv.slice(2);
const folder = join(root, 'open/day');
const path = join(folder, 'members.csv');
const place = kind === 'folder' ? folder : path;
const aside = join(root, `aside-${kind}`);
const link = join(root, `link-${kind}`);

/** Both calls are made at once, so no other one comes between them. */
const swap = (present: string, next: string) => Promise.all([rename(place, present), rename(next, place)]);

await swap(aside, link);
const opening = openFile({
  path,
  name: 'members.csv',
  admits: (real) => real.startsWith(join(root, 'open/')),
});
const swapping = swap(link, aside).then(() => swap(aside, link));
const result = await opening.then(
  async (file) => {
    const text = await file.readFile('utf8');
    await file.close();
    return text;
  },
  (error: { code: string }) => error.code,
);
await swapping;
console.log(result);
