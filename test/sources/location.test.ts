import { chmod, mkdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { openFiles } from '../../src/sources/files/open.ts';
import { needs } from '../support/skip.ts';
import { useFolder } from './support/folder.ts';
import { readValues, scanFailure } from './support/values.ts';

const folder = useFolder();

describe('one file', () => {
  it('that is missing gives an error with the most similar name in its folder', async () => {
    await folder.write('members-2026.csv', 'email\n');
    await expect(openFiles({ source: folder.path('member-2026.csv') })).rejects.toMatchObject({
      code: 'source_not_found',
      message: expect.stringContaining('Did you mean members-2026.csv?'),
    });
    await expect(openFiles({ source: folder.path('no/such/m.csv') })).rejects.toMatchObject({
      code: 'source_not_found',
      message: expect.stringMatching(/the folder .* does not exist either/),
    });
  });

  it('that is a directory, or is inside a file, gives an error that says so', async () => {
    await mkdir(folder.path('members'));
    await expect(openFiles({ source: folder.path('members') })).rejects.toMatchObject({
      code: 'source_unreadable',
      message: expect.stringContaining('is a directory'),
    });
    const file = await folder.write('plain.csv', 'email\n');
    await expect(openFiles({ source: `${file}/x.csv` })).rejects.toMatchObject({ code: 'source_not_found' });
  });

  it(
    'without read permission gives an error that says so',
    needs(process.getuid?.() !== 0, 'root may read every file'),
    async () => {
      const source = await folder.write('secret.csv', 'email\n');
      await chmod(source, 0);
      await expect(openFiles({ source })).rejects.toMatchObject({
        code: 'source_unreadable',
        message: expect.stringContaining('no permission'),
      });
    },
  );

  it('may have a name that looks like a glob', async () => {
    const source = await folder.write('list [1]*.csv', 'email\na@example.com\n');
    expect(await readValues(await openFiles({ source }), 'email')).toEqual(['a@example.com']);
  });
});

describe('several files', () => {
  it('are read in the order of their names, each with its own columns, delimiter and line ends', async () => {
    await folder.write('glob-b.csv', 'id;email\r\n2;b@example.com\r\n');
    await folder.write('glob-a.csv', 'email,id,name\na@example.com,1,x\n');
    await folder.write('glob-c.csv', '');
    await folder.write('glob-d.csv', 'email,other\n');
    await folder.write('glob-e.tsv', 'other\temail\n1\te@example.com\n');
    const source = await openFiles({ source: folder.path('glob-*.{csv,tsv}') });
    expect((await source.fields()).map(({ name }) => name)).toEqual(['email']);
    expect(await source.preview('email', 2)).toHaveLength(2);
    const scan = await source.scan(['email']);
    expect(scan.progress()).toBe(0);
    expect(await readValues(source, 'email')).toEqual(['a@example.com', 'b@example.com', 'e@example.com']);
  });

  it('must all have the column: the error names the file without it before any value is given', async () => {
    await folder.write('part-1.csv', 'email,id\na@example.com,1\n');
    await folder.write('part-2.csv', 'e-mail,id\nb@example.com,2\n');
    const source = await openFiles({ source: folder.path('part-?.csv') });
    await expect(source.scan(['email'])).rejects.toMatchObject({
      code: 'field_not_found',
      message: expect.stringMatching(/part-2\.csv has no field "email".*Did you mean "e-mail"\?/),
    });
  });

  it('must have one format', async () => {
    await folder.write('mixed-1.csv', 'email\na@example.com\n');
    await folder.write('mixed-2.ndjson', '{"email":"b@example.com"}\n');
    await expect(openFiles({ source: folder.path('mixed-*') })).rejects.toMatchObject({
      code: 'source_format',
    });
  });

  it('give errors with the file and its own row', async () => {
    await folder.write('row-1.csv', 'email,id\na@example.com,1\n');
    await folder.write('row-2.csv', 'email,id\nb@example.com,2\nc@example.com\n');
    expect(await scanFailure(openFiles({ source: folder.path('row-*.csv') }), 'email')).toMatchObject({
      message: expect.stringMatching(/row-2\.csv, row 2:/),
    });
  });

  it('are refused if no file matches, or if all are empty', async () => {
    await expect(openFiles({ source: folder.path('none-*.csv') })).rejects.toMatchObject({
      code: 'source_not_found',
    });
    await folder.write('void-1.csv', '');
    await folder.write('void-2.csv', '');
    await expect(openFiles({ source: folder.path('void-*.csv') })).rejects.toMatchObject({
      code: 'source_empty',
    });
  });
});

describe('a missing field', () => {
  it.each([
    ['EMAIL', 'ｅｍａｉｌ'],
    ['e-mails', 'e-mail'],
    ['Namae', 'name'],
  ])('gives an error with the most similar name: %s', async (field, near) => {
    const source = await folder.write('m.csv', 'id,ｅｍａｉｌ,e-mail,name\n1,2,3,4\n');
    expect(await scanFailure(openFiles({ source }), field)).toMatchObject({
      code: 'field_not_found',
      message: expect.stringContaining(`Did you mean "${near}"?`),
    });
  });

  it('lists only as many columns as a person can read', async () => {
    const header = Array.from({ length: 500 }, (_, index) => `column_${index}`).join(',');
    const source = await folder.write('wide.csv', `${header}\n`);
    expect(await scanFailure(openFiles({ source }), 'x')).toMatchObject({
      message: expect.stringMatching(/"column_19" and 480 more\.$/),
    });
  });

  it('shows no member of a file without a header', async () => {
    const source = await folder.write('headless.csv', 'hidden@example.com,09012345678,x\na@example.com,0902,y\n');
    const failure = await scanFailure(openFiles({ source }), 'hidden@exampl.com');
    expect(failure).toMatchObject({ code: 'field_not_found', message: expect.stringContaining('no header') });
    expect(String(failure)).not.toMatch(/has "hidden|mean "hidden|090123/);
  });
});
