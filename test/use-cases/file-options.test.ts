/**
 * The options for reading a file are part of a job’s configuration. Its runs use them, and they do not reveal more of a
 * file.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { FileOptions } from '../../src/domain/files/file-options.ts';
import { jobConfiguration } from '../../src/domain/jobs/configuration.ts';
import { sendsTheSame } from '../../src/jobs/edit.ts';
import { readSourceRef, writeSourceRef } from '../../src/use-cases/sources/source-ref.ts';
import { inEncoding } from '../support/legacy-text.ts';
import { aikoAs } from '../support/service.ts';
import { serviceBench } from '../support/service-bench.ts';

const signal = () => AbortSignal.timeout(15_000);
const configuration = (file_options?: FileOptions) =>
  jobConfiguration.parse({
    segment_id: '/srv/vip.csv',
    adaccount_id: 'A1',
    audience_name: 'VIP',
    identifier_type: 'email',
    continuous_update: false,
    ...(file_options && { file_options }),
  });

test('other options make a different run', () => {
  const same = (first?: FileOptions, other?: FileOptions) => sendsTheSame(configuration(first), configuration(other));
  expect(same(undefined, {})).toBe(true);
  expect(same({ encoding: 'big5', header: 'no' }, { header: 'no', encoding: 'big5' })).toBe(true);
  expect(same(undefined, { encoding: 'big5' })).toBe(false);
  expect(same({ header: 'yes' }, { header: 'no' })).toBe(false);
  expect(same({ delimiter: 'tab' }, {})).toBe(false);
});

test('a run’s journal holds them, and older journals can be read', () => {
  const ref = { authorizationId: null, audienceId: '/srv/a:b.csv' };
  const options = { encoding: 'shift_jis', delimiter: 'pipe', header: 'no' } as const;
  expect(readSourceRef(writeSourceRef({ ...ref, options }))).toEqual({ ...ref, options });
  const before = { label: 'x', location: 'files:/srv/a:b.csv', format: null, encoding: null };
  expect(writeSourceRef(ref)).toEqual({ ...before, label: '/srv/a:b.csv' });
  expect(readSourceRef(before)).toEqual({ ...ref, options: {} });
});

test.each([
  ['an unknown encoding', { encoding: 'klingon' }],
  ['an unknown delimiter', { delimiter: 'x' }],
  ['an invalid header option', { header: 'maybe' }],
  ['another key', { quote: '"' }],
])('%s is refused', (_, file_options) => {
  const input = { ...configuration(), file_options };
  expect(jobConfiguration.safeParse(input).error?.issues[0]?.path[0]).toBe('file_options');
});

describe('the service', () => {
  test('a viewer reads only with the options of a saved job', async () => {
    const bench = await serviceBench({ role: 'api' });
    const path = bench.write('names.csv', 'Taro Yamada,Tokyo\nHanako Sato,Osaka\n');
    const { sources } = bench.service;
    const ask = (who: 'viewer' | 'editor', options?: FileOptions) =>
      sources.fields(who, null, path, signal(), options).then(
        ({ items }) => items.map(({ name }) => name),
        ({ code }: { code: string }) => code,
      );
    expect(await ask('viewer', { header: 'no' })).toBe('not_permitted');
    expect(await ask('viewer', { delimiter: 'pipe' })).toBe('not_permitted');
    expect(await ask('editor', { header: 'no' })).toEqual(['column 1', 'column 2']);
    const file_options = { header: 'no' } as const;
    await bench.createJob({ segment_id: path, id_field: 'column 1', file_options });
    expect(await ask('viewer', file_options)).toEqual(['column 1', 'column 2']);
    expect(await ask('viewer', { header: 'yes' })).toBe('not_permitted');
  });

  test('the first values of a field are masked, and only users with a preview get them', async () => {
    const bench = await serviceBench({ role: 'api' });
    const path = join(bench.directory, 'members', 'vip.csv');
    const text = `会員番号,メール\r\n${'1,taro@example.com\r\n'.repeat(20)}`;
    writeFileSync(path, inEncoding('shift_jis', text));
    const request = { source_authorization_id: null, segment_id: path, id_field: 'メール' };
    const { sources } = bench.service;
    const { items } = await sources.sample(aikoAs('editor'), request, signal());
    expect(items).toEqual([1, 2, 3, 4, 5].map((row) => ({ row, value: 't***@e***.com' })));
    await expect(sources.sample(aikoAs('viewer'), request, signal())).rejects.toMatchObject({
      code: 'not_permitted',
    });
  });

  test('an encoding that does not fit the file is reported at its key when a job is saved', async () => {
    const bench = await serviceBench({ role: 'api' });
    const path = join(bench.directory, 'members', 'vip.csv');
    writeFileSync(path, inEncoding('shift_jis', '会員番号,email\r\n1,taro@example.com\r\n'));
    const refused = bench.createJob({ segment_id: path, file_options: { encoding: 'utf-8' } });
    await expect(refused).rejects.toMatchObject({
      fields: [
        {
          path: 'configuration.file_options.encoding',
          message: expect.stringMatching(/is not valid UTF-8 \(in its header\)\. Choose its encoding/),
        },
      ],
    });
  });
});
