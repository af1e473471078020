/** What a journal keeps of the address of a source: nothing that may be a secret. */
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assertAddress, nameOf, reopenable } from '../../src/compose/source-address.ts';

describe('the address of a source', () => {
  it.each([
    ['s3://members/a@b/list?.csv', 's3://members/a@b/list?.csv'],
    ['newest:gs://members/daily/', 'newest:gs://members/daily/'],
    ['snowflake:DB.PUBLIC.MEMBERS', 'snowflake:DB.PUBLIC.MEMBERS'],
    ['https://files.example/list.csv', 'https://files.example/list.csv'],
  ])('%s is kept', (source, name) => {
    expect([reopenable(source), nameOf(source)]).toEqual([source, name]);
  });

  it('that is a path is kept as a whole path', () => {
    expect([reopenable('list.csv'), nameOf('list.csv')]).toEqual([resolve('list.csv'), 'list.csv']);
  });

  it.each([
    ['s3://AKIA:SECRET@bucket/list.csv', 's3://bucket/list.csv'],
    ['newest:s3://AKIA:SECRET@bucket/daily/', 'newest:s3://bucket/daily/'],
    ['s3://AKIA:SEC/SECRET@bucket/list.csv', 's3://…'],
    ['gs://bucket/list.csv?X-Goog-Signature=SECRET', 'gs://bucket/list.csv'],
    ['S3://AKIA:SECRET@bucket/list.csv', 'S3://bucket/list.csv'],
    ['https://user:SECRET@files.example/list.csv', 'https://files.example/list.csv'],
    ['https://files.example/list.csv?sig=SECRET', 'https://files.example/list.csv'],
    ['https://user:p/SECRET@files.example/list.csv', 'https://…'],
    ['newest:https://user:SECRET@files.example/list.csv', 'newest:https://files.example/list.csv'],
  ])('%s is not kept, and its name has no secret', (source, name) => {
    expect(reopenable(source)).toBeNull();
    expect(nameOf(source).toLowerCase()).toBe(name.toLowerCase());
  });

  it('is refused before a run begins when it names no object', () => {
    expect(() => assertAddress('s3://AKIA:SECRET@bucket/list.csv')).toThrow(
      expect.objectContaining({ code: 'invalid_argument', message: expect.not.stringContaining('SECRET') }),
    );
    for (const other of ['list.csv', 'https://user:SECRET@files.example/', 's3://members/a.csv']) {
      expect(() => assertAddress(other)).not.toThrow();
    }
  });
});
