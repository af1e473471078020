/** Which tags are no release, and the notes of one. */
import { describe, expect, test } from 'vitest';
import { releaseAt, type Tagged } from '../../scripts/release/tagged.ts';

const manifest = (version: string): string =>
  JSON.stringify({ version, repository: { url: 'git+https://git.example/lineup.git' } });
const changelog = `# Changelog

## Unreleased

## 0.3.0 - 2026-02-03

### Added
- A thing that takes
  two lines. [Its page](docs/thing.md), [a
  site](https://example.com/a), [above](#added).
- Another
  1. first
  2. second

A paragraph
of two lines.

\`\`\`sh
a
b
\`\`\`

## 0.2.0 - 2026-01-01
- Old.
`;
const tagged: Tagged = {
  tag: 'v0.3.0',
  changelog,
  manifests: { 'package.json': manifest('0.3.0'), 'packages/part/package.json': manifest('0.3.0') },
};

test.each<[string, Partial<Tagged>, string]>([
  ['another version', { tag: 'v0.4.0' }, 'The tag is "v0.4.0", and package.json has version 0.3.0'],
  ['a tag with more', { tag: 'v0.3.0-rc' }, 'The tag is "v0.3.0-rc"'],
  ['a tag that is no version', { tag: 'v$(id)\n::set' }, 'The tag is "v$(id)\\n::set"'],
  [
    'a package of another version',
    { manifests: { ...tagged.manifests, 'packages/part/package.json': manifest('0.2.0') } },
    'packages/part/package.json has version 0.2.0, and package.json 0.3.0',
  ],
  ['no section', { changelog: '# Changelog\n\n## Unreleased\n- A thing.\n' }, 'nothing below "## 0.3.0"'],
  ['a section with a title alone', { changelog: '## 0.3.0\n\n### Added\n\n## 0.2.0\n- Old.\n' }, 'nothing below'],
  ['a longer version', { changelog: '## 0.3.01\n- A thing.\n' }, 'nothing below'],
])('a tag is refused in one sentence: %s', (_, change, sentence) => {
  const refusal = releaseAt({ ...tagged, ...change });
  expect(refusal).toEqual(expect.stringContaining(sentence));
  expect(refusal).not.toContain('\n');
});

describe('the notes', () => {
  test('are the section of the version, with a line for each paragraph and addresses that lead somewhere', () => {
    expect(releaseAt(tagged)).toEqual({
      version: '0.3.0',
      notes: `### Added
- A thing that takes two lines. [Its page](https://git.example/lineup/blob/v0.3.0/docs/thing.md), [a site](https://example.com/a), [above](#added).
- Another
  1. first
  2. second

A paragraph of two lines.

\`\`\`sh
a
b
\`\`\`
`,
    });
  });

  test('of a dry run are those of the next release, or of this one if there is no news', () => {
    const dry = { ...tagged, tag: undefined };
    expect(releaseAt({ ...dry, changelog: '## Unreleased\n- New.\n\n## 0.3.0\n- Old.\n' })).toMatchObject({
      notes: '- New.\n',
    });
    expect(releaseAt(dry)).toEqual(releaseAt(tagged));
  });
});
