/**
 * npm run release -- 0.2.0 [--dry-run]: sets the version, dates the changelog, packs, builds the image, commits and
 * tags. Nothing leaves this machine: at the end it prints the commands that publish. With --dry-run it only shows what
 * it would do.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { planOf, type Release, type State } from './plan.ts';

const git = (...args: string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim();
const lines = (text: string): string[] => text.split('\n').filter(Boolean);

function release(): void {
  const { version, dryRun } = options();
  const plan = planOf(state(), version);
  if (typeof plan === 'string') {
    refuse(plan);
    return;
  }
  console.log(`Release ${plan.version}${dryRun ? ', dry run (nothing is changed)' : ''}`);
  for (const path of Object.keys(plan.files)) console.log(`  write   ${path}`);
  for (const { says, run } of plan.commands) console.log(`  run     ${run.join(' ')}   (${says})`);
  for (const note of plan.notes) console.log(`  note    ${note}`);
  if (!dryRun && !perform(plan)) return;
  console.log(
    `\n${dryRun ? 'These commands would publish it:' : 'The release is ready. These commands publish it:'}\n`,
  );
  for (const command of plan.publish) console.log(command);
}

function perform({ files, folder, commands }: Release): boolean {
  mkdirSync(folder, { recursive: true });
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

function options(): { version: string | undefined; dryRun: boolean } {
  try {
    const { values, positionals } = parseArgs({
      options: { 'dry-run': { type: 'boolean', default: false } },
      allowPositionals: true,
    });
    if (positionals.length === 1) return { version: positionals[0], dryRun: values['dry-run'] };
  } catch {
    // The values come from the plan.
  }
  return { version: undefined, dryRun: false };
}

function state(): State {
  const manifests = ['package.json', ...globSync('packages/*/package.json').sort()];
  return {
    branch: git('branch', '--show-current'),
    changed: lines(git('status', '--porcelain')).map((line) => line.replace(/^\S+\s+/, '')),
    tags: lines(git('tag', '--list')),
    date: new Date().toISOString().slice(0, 10),
    changelog: readFileSync('CHANGELOG.md', 'utf8'),
    lock: readFileSync('package-lock.json', 'utf8'),
    migrations: globSync('migrations/*.sql').length,
    releases: readFileSync('migrations/releases.json', 'utf8'),
    manifests: Object.fromEntries(manifests.map((path) => [path, readFileSync(path, 'utf8')])),
    imageTool: (['buildah', 'podman', 'docker'] as const).find(works),
  };
}

/** Docker needs a plugin to build for another kind of machine. */
const works = (tool: string): boolean =>
  [['info'], ...(tool === 'docker' ? [['buildx', 'version']] : [])].every(
    (args) => spawnSync(tool, args, { stdio: 'ignore' }).status === 0,
  );

function refuse(sentence: string): void {
  console.error(`release: ${sentence}`);
  process.exitCode = 1;
}

release();
