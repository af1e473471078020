/** Completion and the page of the manual: in real shells, with a real Tab where the shell has no other way. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { wholeProgram } from '../../src/cli/program.ts';
import { bashCompletion } from '../../src/cli/reference/bash.ts';
import { fishCompletion } from '../../src/cli/reference/fish.ts';
import { manPage } from '../../src/cli/reference/man-page.ts';
import { type CommandOutline, flattened, outlineOf } from '../../src/cli/reference/outline.ts';
import { zshCompletion } from '../../src/cli/reference/zsh.ts';
import { needs } from '../support/skip.ts';

const has = (name: string): boolean => spawnSync('sh', ['-c', `command -v ${name}`]).status === 0;
const hasTerminal = has('script');

let directory: string;
let outline: CommandOutline;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'lineup-completion-'));
  outline = outlineOf(await wholeProgram());
  writeFileSync(join(directory, 'bash'), bashCompletion(outline));
  writeFileSync(join(directory, 'zsh'), zshCompletion(outline));
  writeFileSync(join(directory, 'fish'), fishCompletion(outline));
  mkdirSync(join(directory, 'work/chunks'), { recursive: true });
  writeFileSync(join(directory, 'work/my audience.yaml'), '');
});
afterAll(() => rmSync(directory, { recursive: true }));

/** What a shell at a terminal calls for typed lines, with its arguments in angle brackets. */
function typed(shell: string, beginning: string, lines: readonly string[]): string[] {
  const input = [beginning, ...lines, 'exit', ''].join('\n');
  const { stdout } = spawnSync('script', ['-qec', shell, '/dev/null'], {
    cwd: join(directory, 'work'),
    env: { PATH: process.env.PATH, TERM: 'dumb', HOME: directory },
    input,
    encoding: 'utf8',
    timeout: 30_000,
  });
  return stdout.split(/\r*\n/).filter((line) => /^(<[^<>]*>)+$/.test(line));
}

/** What is typed, and what the command gets. */
const lines: readonly (readonly [string, string])[] = [
  ['lineup ser\t--ro\tw\t', '<serve><--role><worker>'],
  ['lineup serve --role=w\t', '<serve><--role=worker>'],
  ['lineup jobs crea\t--frequency mont\t', '<jobs><create><--frequency><monthly>'],
  ['lineup apply my\t--ye\t', '<apply><my audience.yaml><--yes>'],
  ['lineup export --source my\t', '<export><--source><my audience.yaml>'],
  ['lineup prepare --out \t', '<prepare><--out><chunks/>'],
  ['lineup simulate line-a\t', '<simulate><line-ads>'],
  ['lineup completion fi\t', '<completion><fish>'],
];
const shown = `lineup() { printf '<%s>' "$@"; echo; }`;

/** zsh may put an equals sign after a completed option, and takes away the slash at the end of a line. */
const inOneForm = (line: string): string => line.replace('<--role=worker>', '<--role><worker>').replace('/>', '>');

/** A line of bash that prints what completes the last word. */
const asked = (words: readonly string[]): string =>
  `COMP_WORDS=(lineup ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}; _lineup; echo "\${COMPREPLY[*]}"`;

describe('bash', () => {
  test('completes commands, options, values and files', needs(hasTerminal, '“script” makes a terminal'), () => {
    const got = typed(
      'bash --norc --noprofile -i',
      `${shown}; source ../bash`,
      lines.map(([line]) => line),
    );
    expect(got).toEqual(lines.map(([, call]) => call));
  });

  test('knows every command, option and choice of the help', () => {
    // Each case is a line of words, and gets the suggestions for its last word.
    const cases = flattened(outline).flatMap(({ path, options, commands }) => [
      { words: [...path, '-'], expected: options.flatMap(({ names }) => names) },
      ...(commands.length > 0 ? [{ words: [...path, ''], expected: commands.map((inner) => inner.path.at(-1)) }] : []),
      ...options.flatMap(({ names, value }) =>
        value && typeof value.suggestion !== 'string'
          ? [{ words: [...path, names.at(-1)!, ''], expected: value.suggestion }]
          : [],
      ),
    ]);
    const input = cases.map(({ words }) => asked(words));
    const output = execFileSync('bash', ['--norc', '--noprofile', '-s'], {
      input: [`source ${join(directory, 'bash')}`, ...input].join('\n'),
      encoding: 'utf8',
    });
    expect(output.split('\n').slice(0, -1)).toEqual(cases.map(({ expected }) => expected.join(' ')));
    expect(cases.length).toBeGreaterThan(100);
  });

  test('does not take the value of an option for a command, an option or an argument', () => {
    const suggested = (words: readonly string[]): string =>
      execFileSync('bash', ['--norc', '--noprofile', '-s'], {
        input: `source ${join(directory, 'bash')}; ${asked(words)}`,
        encoding: 'utf8',
        cwd: join(directory, 'work'),
      }).trim();
    expect(suggested(['tokens', 'create', '--name', '--role', '--role', 'v'])).toBe('viewer');
    expect(suggested(['restore', '--', '--j'])).toBe('');
    expect(suggested(['diff', 'lineup.yaml', 'my'])).toBe('');
    expect(suggested(['nothing', ''])).toContain('export');
  });
});

describe('zsh', () => {
  test(
    'completes commands, options, values and files',
    needs(hasTerminal && has('zsh'), 'zsh is not installed'),
    () => {
      const beginning = `${shown}; autoload -U compinit; compinit -u -D; source ../zsh`;
      const got = typed(
        'zsh -f -i',
        beginning,
        lines.map(([line]) => line),
      );
      expect(got.map(inOneForm)).toEqual(lines.map(([, call]) => inOneForm(call)));
    },
  );
});

describe('fish', () => {
  test('completes commands, options, values and files', needs(has('fish'), 'fish is not installed'), () => {
    const suggested = (line: string): string[] =>
      execFileSync('fish', ['--no-config', '-c', `source ../fish; complete -C '${line}'`], {
        cwd: join(directory, 'work'),
        env: { PATH: process.env.PATH, HOME: directory },
        encoding: 'utf8',
      })
        .split('\n')
        .filter(Boolean)
        .map((entry) => entry.split('\t')[0]!);
    expect(suggested('lineup ser')).toEqual(['serve']);
    expect(suggested('lineup serve --role ')).toEqual(['all', 'api', 'worker']);
    expect(suggested('lineup jobs crea')).toEqual(['create']);
    expect(suggested('lineup jobs create --frequency mon')).toEqual(['monthly']);
    expect(suggested('lineup export --sour')).toEqual(['--source']);
    expect(suggested('lineup apply m')).toEqual(['my audience.yaml']);
    expect(suggested('lineup prepare --out ')).toEqual(['chunks/']);
  });
});

test('no suggestion needs quotes, which the scripts do not write', () => {
  const words = flattened(outline).flatMap(({ options, arguments: given }) => [
    ...options.flatMap(({ value }) => (Array.isArray(value?.suggestion) ? value.suggestion : [])),
    ...given.flatMap(({ suggestion }) => (Array.isArray(suggestion) ? suggestion : [])),
  ]);
  expect(words.filter((word) => !/^[\w.-]+$/.test(word))).toEqual([]);
});

describe('the page of the manual', () => {
  test('has every command and every option, and is valid', needs(has('groff'), 'groff is not installed'), () => {
    const page = manPage(outline, '1.2.3');
    const format = (...flags: string[]) =>
      spawnSync('groff', ['-man', '-Tutf8', ...flags], { input: page, encoding: 'utf8' });
    // Lines with a long word cannot be adjusted. That is no mistake.
    expect(format('-ww', '-Wbreak', '-z')).toMatchObject({ status: 0, stderr: '' });
    const text = format('-P-c', '-P-b', '-P-u').stdout.replaceAll(/\s+/g, ' ');
    for (const { path, usage, options } of flattened(outline)) {
      if (path.at(-1) === 'help') continue;
      expect(text).toContain(usage);
      for (const { flags } of options) expect(text).toContain(flags);
    }
    expect(text).toContain('lineup 1.2.3');
  });

  test('is ASCII, and no text is taken for a command', () => {
    const odd = { ...outline, description: 'back\\slash – “quoted”', notes: ".first\n'second", commands: [] };
    const page = manPage(odd, '1.2.3');
    expect(page).toMatch(/^[\n\x20-\x7e]*$/);
    expect(page).toContain('back\\eslash \\[u2013] \\[u201C]quoted\\[u201D]');
    expect(page).toContain("\\&.first 'second");
  });

  test('is a part of the package', () => {
    expect(packageJson.man).toBe('./dist/lineup.1');
    expect(packageJson.files).toContain('dist');
  });
});
