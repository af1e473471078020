/**
 * Makes a release. Nothing leaves this machine: the push of its tag starts the workflow that publishes it
 * (.github/workflows/release.yml).
 *
 *   npm run release -- 0.3.0             sets the version, dates the changelog, makes the files once, commits and tags
 *   npm run release -- 0.3.0 --dry-run   only shows what that would do
 *   npm run release -- --dry-run         makes every file of a release from the present tree, in build/release
 *   npm run release -- --tag v0.3.0      the same in the workflow, if the tag fits the files
 *
 * The files can be limited to a --platform (several are possible), compressed with less effort (--level 1), or made in
 * another --folder.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type PlatformName, platformNames } from '../archive/platforms.ts';
import { makeFiles } from './files.ts';
import { planOf, type Release, type State } from './plan.ts';
import { releaseAt } from './tagged.ts';

const git = (...args: string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim();
const lines = (text: string): string[] => text.split('\n').filter(Boolean);

interface Options {
  readonly version: string | undefined;
  readonly tag?: string;
  readonly dryRun: boolean;
  readonly platforms: readonly PlatformName[];
  readonly level: number;
  readonly folder?: string;
}

function release({ version, dryRun }: Options): void {
  const plan = planOf(state(), version);
  if (typeof plan === 'string') {
    refuse(plan);
    return;
  }
  console.log(`Release ${plan.version}${dryRun ? ', dry run (nothing is changed)' : ''}`);
  for (const path of Object.keys(plan.files)) console.log(`  write   ${path}`);
  for (const { says, run } of plan.commands) console.log(`  run     ${run.join(' ')}   (${says})`);
  if (!dryRun && !perform(plan)) return;
  console.log(`\n${dryRun ? 'This would publish it:' : 'The release is ready. This publishes it:'}\n\n${plan.publish}`);
}

function perform({ files, commands }: Release): boolean {
  for (const [path, text] of Object.entries(files)) writeFileSync(path, text);
  for (const { says, run } of commands) {
    const [program, ...args] = run;
    // Shown, because the histories take half an hour.
    if (spawnSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] }).status === 0) continue;
    // As before, so that a person can correct the problem and start again.
    git('checkout', '--quiet', 'HEAD', '--', ...Object.keys(files));
    refuse(`The step "${says}" failed, and its words are above. Its files are as they were; nothing is tagged.`);
    return false;
  }
  return true;
}

/** All files of the release that this tree is. */
async function make({ tag, platforms, level, folder: chosen }: Options): Promise<void> {
  const found = releaseAt({ tag, changelog: readFileSync('CHANGELOG.md', 'utf8'), manifests: manifests() });
  if (typeof found === 'string') {
    refuse(found);
    return;
  }
  const { version, notes } = found;
  const folder = chosen ?? `build/release/${version}`;
  mkdirSync(folder, { recursive: true });
  const time = Number(process.env.SOURCE_DATE_EPOCH ?? git('log', '-1', '--format=%ct'));
  const say = (line: string): void => console.log(`  ${line}`);
  await makeFiles({ folder, version, notes, platforms, level, time, say });
  console.log(`The files of release ${version} are in ${folder}, with their digests in SHA256SUMS.`);
  // Only a machine of the same kind can start an archive.
  const own = `${process.platform}-${process.arch}`;
  if (!platforms.some((platform) => platform === own)) return;
  const archive = join(folder, `lineup-${version}-${own}.tar.gz`);
  const tried = spawnSync(process.execPath, ['scripts/archive/main.ts', archive], { stdio: 'inherit' });
  if (tried.status !== 0) refuse(`${archive} does not start, and its words are above.`);
}

/** Undefined if they make no sense together. */
function options(): Options | undefined {
  try {
    const { values, positionals } = parseArgs({
      options: {
        'dry-run': { type: 'boolean', default: false },
        tag: { type: 'string' },
        platform: { type: 'string', multiple: true },
        level: { type: 'string', default: '9' },
        folder: { type: 'string' },
      },
      allowPositionals: true,
    });
    const platforms = (values.platform ?? platformNames) as PlatformName[];
    if (positionals.length > 1 || !/^[1-9]$/.test(values.level)) return undefined;
    if (platforms.some((name) => !platformNames.includes(name))) return undefined;
    if (values.tag !== undefined && (positionals.length > 0 || values['dry-run'])) return undefined;
    return {
      version: positionals[0],
      dryRun: values['dry-run'],
      platforms,
      level: Number(values.level),
      ...(values.tag !== undefined && { tag: values.tag }),
      ...(values.folder !== undefined && { folder: values.folder }),
    };
  } catch {
    return undefined;
  }
}

function manifests(): Record<string, string> {
  const paths = ['package.json', ...globSync('packages/*/package.json').sort()];
  return Object.fromEntries(paths.map((path) => [path, readFileSync(path, 'utf8')]));
}

function state(): State {
  return {
    branch: git('branch', '--show-current'),
    changed: lines(git('status', '--porcelain')).map((line) => line.replace(/^\S+\s+/, '')),
    tags: lines(git('tag', '--list')),
    date: new Date().toISOString().slice(0, 10),
    changelog: readFileSync('CHANGELOG.md', 'utf8'),
    compose: readFileSync('compose.yaml', 'utf8'),
    chart: readFileSync('deploy/helm/lineup/Chart.yaml', 'utf8'),
    lock: readFileSync('package-lock.json', 'utf8'),
    migrations: globSync('migrations/*.sql').length,
    releases: readFileSync('migrations/releases.json', 'utf8'),
    manifests: manifests(),
  };
}

function refuse(sentence: string): void {
  console.error(`release: ${sentence}`);
  process.exitCode = 1;
}

const given = options();
if (given && given.version === undefined && (given.tag !== undefined || given.dryRun)) await make(given);
else release(given ?? { version: undefined, dryRun: false, platforms: [], level: 9 });
