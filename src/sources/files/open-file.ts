/** Opening a file of which it was found out before that it may be read. */
import { constants } from 'node:fs';
import { type FileHandle, open, realpath, stat } from 'node:fs/promises';
import { LineupError } from '../../contracts/errors.ts';
import { sentence } from '../../contracts/sentence.ts';
import { type Location, unreadable } from './location.ts';

export type FileLocation = Pick<Extract<Location, { kind: 'file' }>, 'path' | 'name' | 'admits'>;

/** A file may be replaced by a newer one in the moment between. */
const ATTEMPTS = 3;

/**
 * The file, open for reading. Where only some may be read, what was opened is looked at, not what has that name now: between the
 * two a link may have taken its place.
 * @throws {LineupError} `source_unreadable`
 */
export async function openFile({ path, name, admits }: FileLocation): Promise<FileHandle> {
  // A pipe in its place must not hold this process up.
  const flags = constants.O_RDONLY | (admits ? constants.O_NONBLOCK : 0);
  for (let attempt = 1; ; attempt++) {
    const file = await open(path, flags).catch((cause) => {
      throw unreadable(path, cause);
    });
    try {
      if (!admits || (await isAdmitted(file, path, admits))) return file;
    } catch (error) {
      await file.close();
      throw unreadable(path, error);
    }
    await file.close();
    if (attempt === ATTEMPTS) {
      throw new LineupError(
        'source_unreadable',
        sentence`${name} is not the file any more that was looked for: something else has taken its place. Try again.`,
      );
    }
  }
}

/** Whether the open file is the very one that the path leads to now, and that one may be read. */
async function isAdmitted(
  file: FileHandle,
  path: string,
  admits: (real: string) => boolean,
): Promise<boolean> {
  const real = await realpath(path);
  const [opened, there] = await Promise.all([file.stat({ bigint: true }), stat(real, { bigint: true })]);
  return opened.isFile() && admits(real) && opened.dev === there.dev && opened.ino === there.ino;
}
