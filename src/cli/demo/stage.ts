/** What both forms of the demo share: a simulator of LINE, sample members, and the output of a step. */
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { startLineAdsSimulator } from '../../../simulators/line-ads/index.ts';
import { type Config, readConfig } from '../../config/config.ts';
import { number, paint, print } from '../output.ts';
import { MEMBERS, memberLines } from './members.ts';

/** Slow enough to see the progress. */
export const DEMO_PACE = { chunkRecords: 100_000, pollIntervalMs: 300, lookEveryMs: 500 };

/** The simulators of further destinations, by the id of the destination. */
type ByDestination = Readonly<Record<string, { readonly url: string }>>;

export const urlsOf = (destinations: ByDestination): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(destinations).map(([id, { url }]) => [id, url]));

export interface DemoPlace {
  readonly directory: string;
  readonly lineAdsUrl: string;
  /** Absent: the demo has only LINE Ads. */
  readonly destinations?: ByDestination;
  readonly keys: DemoStage['keys'];
}

export interface DemoStage {
  readonly simulator: Awaited<ReturnType<typeof startLineAdsSimulator>>;
  readonly keys: { readonly accessKey: string; readonly secretKey: string };
  /** How many lines of members the file has. */
  readonly members: number;
  /** The sample members. */
  readonly file: string;
  /** The folder of that file. No file of the service is in it. */
  readonly exports: string;
  readonly config: Config;
}

export async function openStage(directory: string, members = MEMBERS): Promise<DemoStage> {
  const simulator = await startLineAdsSimulator({ jobMs: 600, matchMs: 3_000 });
  const { accessKey = '', secretKey = '' } = simulator.keys[0] ?? {};
  const keys = { accessKey, secretKey };
  step('A simulator of LINE Ads is running', simulator.url);
  const exports = join(directory, 'exports');
  await mkdir(exports, { mode: 0o700 });
  const file = await writeMembers(join(exports, 'members.csv'), members);
  step(`A sample audience of ${number(members)} members in JP, TW, TH and ID, with typical data errors`, file);
  const config = await demoConfig({ directory, lineAdsUrl: simulator.url, keys });
  return { simulator, keys, members, file, exports, config };
}

/** The configuration of this program, with the simulator and the directory of the demo. */
export async function demoConfig({ directory, lineAdsUrl, keys, destinations }: DemoPlace): Promise<Config> {
  const own = await readConfig();
  return {
    ...own,
    dataDirectory: join(directory, 'data'),
    baseUrls: { line_ads: lineAdsUrl, ...(destinations && urlsOf(destinations)) },
    hasLineAdsKeys: () => true,
    lineAdsKeys: () => keys,
    remote: async () => undefined,
    server: async () => ({
      ...(await own.server()),
      databaseUrl: undefined,
      secretKey: undefined,
      publicUrl: undefined,
      oidc: undefined,
      logLevel: 'error',
    }),
  };
}

export const writeMembers = (path: string, count: number, seed = 1): Promise<string> =>
  writeLines(path, memberLines(count, seed));

/** @returns the path */
export async function writeLines(path: string, lines: Iterable<string>): Promise<string> {
  await pipeline(Readable.from(lines), createWriteStream(path, { mode: 0o600 }));
  return path;
}

/** Prints a finished step, and below it a URL, a path or a command. */
export function step(title: string, detail: string): void {
  print(`${paint('green', '●')} ${paint('bold', title)}`);
  print(`  ${paint('dim', detail)}`);
}
