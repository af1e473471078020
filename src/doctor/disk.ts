/** Checks the directories that Lineup writes to, and the shared memory for reading Parquet files. */
import { constants, type StatsFs } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Finding, MB, ok, problem, warning } from './finding.ts';

const LITTLE_BYTES = 1_000 * MB;
/** The default of containers is 64 MB. */
const LITTLE_SHARED = 256 * MB;

/** The type numbers of file systems on Linux. */
const kinds: Readonly<Record<number, string>> = {
  61267: 'ext4',
  1481003842: 'xfs',
  2435016766: 'btrfs',
  801189825: 'zfs',
  2035054128: 'overlay',
  16914836: 'tmpfs',
  2240043254: 'ramfs',
  26985: 'nfs',
  4283649346: 'cifs',
  4266872130: 'smb',
  1702057286: 'fuse',
  16914839: '9p',
};

export const kindOf = ({ type }: Pick<StatsFs, 'type'>): string | undefined => kinds[type];

export interface Directory {
  readonly topic: string;
  readonly path: string;
  /** The environment variable that sets the path. */
  readonly variable: string;
  /** Whether its content must not be lost: the embedded database, its key, uploads. */
  readonly precious: boolean;
  /** Whether it needs reliable file locks, as only a local file system has them: the embedded database. */
  readonly locks: boolean;
}

export async function directory({ topic, path, variable, precious, locks }: Directory): Promise<Finding[]> {
  const nearestExisting = await nearest(path);
  const made = nearestExisting === path ? '' : ', which the first start creates';
  try {
    await access(nearestExisting, constants.W_OK | constants.X_OK);
  } catch {
    return [
      problem(
        topic,
        `This user cannot write to ${path}.`,
        `Change the owner of the directory to the user that runs Lineup, or set ${variable} to another one.`,
      ),
    ];
  }
  const found = await stat(nearestExisting);
  const user = process.getuid?.();
  if (nearestExisting === path && user !== undefined && user !== 0 && found.uid !== user) {
    return [
      problem(
        topic,
        `${path} belongs to another user of this machine, so Lineup refuses to start.`,
        `Change its owner to the user that runs Lineup, or set ${variable} to a directory in it.`,
      ),
    ];
  }
  const disk = await statfs(nearestExisting);
  const free = disk.bavail * disk.bsize;
  const kind = kindOf(disk);
  const message = `${path}${made}: ${Math.round(free / MB)} MB free${kind ? `, ${kind}` : ''}`;
  return [judge({ topic, what: message, free, kind, variable, precious, locks })];
}

interface Seen extends Omit<Directory, 'path'> {
  readonly what: string;
  readonly free: number;
  readonly kind: string | undefined;
}

export function judge({ topic, what: message, free, kind, variable, precious, locks }: Seen): Finding {
  if (free < LITTLE_BYTES) {
    return warning(topic, `${message}. That is little.`, 'Free some space: a run stages 65 bytes per member.');
  }
  if (precious && (kind === 'tmpfs' || kind === 'overlay')) {
    const todo = `Mount a volume there, or set ${variable} to a directory on one.`;
    return warning(topic, `${message}. It is deleted when the ${goneWith(kind)}.`, todo);
  }
  if (locks && ['nfs', 'cifs', 'smb', '9p'].includes(kind ?? '')) {
    return warning(
      topic,
      `${message}. The embedded database needs a local disk.`,
      `Set ${variable} to one, or use a PostgreSQL server (DATABASE_URL).`,
    );
  }
  return ok(topic, `${message}.`);
}

const goneWith = (kind: string): string => (kind === 'tmpfs' ? 'machine restarts' : 'container is replaced');

/** The directory, or its nearest existing parent. */
async function nearest(path: string): Promise<string> {
  for (let at = path; ; at = dirname(at)) {
    if (await stat(at).catch(() => undefined)) return at;
    if (dirname(at) === at) return at;
  }
}

/** Lineup reads uploaded Parquet files, and those behind URLs, through shared memory. */
export async function sharedMemory(path = '/dev/shm'): Promise<Finding[]> {
  const topic = 'Shared memory';
  const disk = await statfs(path).catch(() => undefined);
  if (!disk) {
    return [
      warning(
        topic,
        `This machine has no ${path}, so Parquet files that are uploaded or behind a URL cannot be read.`,
        'Use CSV or NDJSON for those, or run Lineup on Linux.',
      ),
    ];
  }
  const [size, free] = [disk.blocks * disk.bsize, disk.bavail * disk.bsize];
  const message = `${path}: ${Math.round(size / MB)} MB, ${Math.round(free / MB)} MB free`;
  if (free >= LITTLE_SHARED) return [ok(topic, `${message}.`)];
  return [
    warning(
      topic,
      `${message}. Large Parquet files that are uploaded or behind a URL may find no room there.`,
      'Give it more (of a container: shm_size: 1gb) if you use such files.',
    ),
  ];
}
