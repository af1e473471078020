/** The changes and steps of a release, calculated before anything is done. Pure. */
import { section } from './tagged.ts';

/** The state of a checkout. */
export interface State {
  readonly branch: string;
  /** Files that differ from the last commit, or that git does not track. */
  readonly changed: readonly string[];
  readonly tags: readonly string[];
  readonly date: string;
  readonly changelog: string;
  readonly lock: string;
  /** The text of each package.json by its path. The application’s is "package.json". */
  readonly manifests: Readonly<Record<string, string>>;
  /** The text of compose.yaml, which names the image of the release. */
  readonly compose: string;
  /** The text of Chart.yaml, whose version is that of the program. */
  readonly chart: string;
  /** The number of migrations. */
  readonly migrations: number;
  /** The text of `migrations/releases.json`: the last migration of each release. */
  readonly releases: string;
}

export interface Command {
  readonly says: string;
  readonly run: readonly [program: string, ...args: string[]];
}

export interface Release {
  readonly version: string;
  /** New contents by path. */
  readonly files: Readonly<Record<string, string>>;
  /** In this order. The commit and the tag come last, so that an earlier failure leaves none. */
  readonly commands: readonly Command[];
  /** The command that starts the workflow which publishes it, for a person to run. */
  readonly publish: string;
}

const BRANCH = 'main';
const VERSION = /^(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})$/;
/** New ones each time: docs/reliability.md. */
const HISTORIES = 100_000;
const UNRELEASED = '## Unreleased';

/** @returns the release, or one sentence that says why there is none */
export function planOf(state: State, version: string | undefined): string | Release {
  const current = (JSON.parse(state.manifests['package.json']!) as { version: string }).version;
  if (version === undefined || !VERSION.test(version)) {
    return `A release needs a version of three numbers, as in npm run release -- ${next(current)}.`;
  }
  if (compare(version, current) <= 0) {
    return `Version ${version} is not higher than ${current}, which package.json has: choose a higher one.`;
  }
  if (state.branch !== BRANCH) {
    return `A release is made on the branch ${BRANCH}, and this is ${state.branch || 'no branch'}: run git switch ${BRANCH}.`;
  }
  if (state.changed.length > 0) {
    const [first] = state.changed;
    const others = state.changed.length - 1;
    return `The work tree has changes (${first}${others > 0 ? ` and ${others} more` : ''}): commit or remove them.`;
  }
  const tag = `v${version}`;
  if (state.tags.includes(tag)) return `The tag ${tag} exists: choose another version.`;
  if (section(state.changelog, 'Unreleased') === '') {
    return 'CHANGELOG.md has nothing below "## Unreleased": write down what is new first.';
  }
  return releaseOf(state, { current, version, tag });
}

function releaseOf(
  state: State,
  { current, version, tag }: { current: string; version: string; tag: string },
): Release {
  const paths = Object.keys(state.manifests);
  const files = {
    'CHANGELOG.md': state.changelog.replace(`${UNRELEASED}\n`, `${UNRELEASED}\n\n## ${version} - ${state.date}\n`),
    'compose.yaml': state.compose.replace(`/lineup:${current}\n`, `/lineup:${version}\n`),
    'deploy/helm/lineup/Chart.yaml': state.chart.replace(/^(version|appVersion): .*$/gm, `$1: ${version}`),
    'package-lock.json': lockOf(state.lock, version, paths),
    // The next release must get along with its version: docs/migrations.md.
    'migrations/releases.json': `${JSON.stringify({ ...JSON.parse(state.releases), [version]: state.migrations }, null, 2)}\n`,
    ...Object.fromEntries(
      paths.map((path) => [path, state.manifests[path]!.replace(/^( {2}"version": )"[^"]*"/m, `$1"${version}"`)]),
    ),
  };
  return {
    version,
    files,
    commands: [
      playing('', []),
      playing(' with LY Ads', ['--destination', 'ly_ads']),
      playing(' with LINE Official Account', ['--destination', 'line_official_account']),
      // As the workflow will: whatever fails there for want of an account or not, fails here before there is a tag.
      { says: 'make every file once', run: ['npm', 'run', '--silent', 'release', '--', '--dry-run'] },
      {
        says: 'commit',
        run: ['git', 'commit', '--quiet', '-m', `Release ${version}`, '--', ...Object.keys(files)],
      },
      { says: `tag ${tag}`, run: ['git', 'tag', '-a', tag, '-m', `Lineup ${version}`] },
    ],
    publish: `git push origin ${BRANCH} ${tag}`,
  };
}

const playing = (destination: string, options: readonly string[]): Command => ({
  says: `play ${HISTORIES.toLocaleString('en')} histories${destination} in which everything breaks`,
  run: ['npm', 'run', '--silent', 'simulate-faults', '--', '--count', String(HISTORIES), ...options],
});

/** The file name that npm pack uses. */
export const tarball = (name: string, version: string): string =>
  `${name.replace(/^@/, '').replace('/', '-')}-${version}.tgz`;

function lockOf(text: string, version: string, manifests: readonly string[]): string {
  const lock = JSON.parse(text) as { version: string; packages: Record<string, { version?: string }> };
  lock.version = version;
  for (const path of manifests) {
    // "" is the application itself.
    const own = lock.packages[path.replace(/\/?package\.json$/, '')];
    if (own) own.version = version;
  }
  return `${JSON.stringify(lock, null, 2)}\n`;
}

function compare(first: string, other: string): number {
  const [a, b] = [first, other].map((version) => VERSION.exec(version)!.slice(1).map(Number));
  const differs = a!.findIndex((number, place) => number !== b![place]);
  return differs < 0 ? 0 : a![differs]! - b![differs]!;
}

function next(version: string): string {
  const [major, minor] = version.split('.');
  return `${major}.${Number(minor) + 1}.0`;
}
