import { expect, it } from 'vitest';
import { openFiles } from '../../src/sources/files/open.ts';
import { useFolder } from './support/folder.ts';
import { readValues } from './support/values.ts';

const folder = useFolder();

it('takes each whole line as a value, including commas and quotes', async () => {
  const source = await folder.write('phones.txt', '0901\r\n"a,b"\n\n"x""\ny"z\n"\n+81 90');
  expect(await readValues(await openFiles({ source, format: 'lines' }), 'value')).toEqual([
    '0901',
    '"a,b"',
    '',
    '"x""',
    'y"z',
    '"',
    '+81 90',
  ]);
});

it('has one field, and accepts any name for it', async () => {
  const source = await folder.write('emails.txt', 'a@example.com\nb@example.com\n');
  const opened = await openFiles({ source });
  expect(await opened.fields()).toEqual([{ name: 'value', type: 'VARCHAR', list: false }]);
  expect(await opened.preview('anything', 1)).toEqual([{ row: 1, values: ['a***@e***.com'] }]);
  expect(await readValues(opened, 'email')).toEqual(['a@example.com', 'b@example.com']);
});

it('refuses several fields, which would all be the same', async () => {
  const source = await openFiles({ source: await folder.write('one.txt', 'a@example.com\n') });
  await expect(source.scan(['email', 'phone'])).rejects.toMatchObject({
    code: 'field_not_found',
    message: expect.stringMatching(/one\.txt has one value on each line, so it cannot give 2 fields\./),
  });
});

it('reads long lines of quotes', async () => {
  const source = await folder.write('quotes.txt', `${'"'.repeat(3_000_000)}\nx\n`);
  const values = await readValues(await openFiles({ source, format: 'lines' }), 'value');
  expect(values.map((value) => value.length)).toEqual([3_000_000, 1]);
});
