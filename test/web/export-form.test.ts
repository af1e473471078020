/** The pure parts of the form of an export: what it suggests, its sections, and the steps before it. */
import { describe, expect, test } from 'vitest';
import type { SourceField } from '../../src/contracts/sources.ts';
import { suggestedCountry, suggestedType } from '../../src/domain/audiences/field-names.ts';
import { choicesOf } from '../../web/pages/export/choices.ts';
import { hasError, sections } from '../../web/pages/export/sections.ts';
import { blankValues } from '../../web/pages/export/values.ts';
import {
  suggestedByValues,
  suggestedField,
  suggestedOtherType,
  suggestingOnly,
} from '../../web/sources/suggested-field.ts';

describe('the name of a field suggests', () => {
  test.each([
    ['email', 'email', null],
    ['E-Mail', 'email', null],
    ['userEmail', 'email', null],
    ['メールアドレス', 'email', null],
    ['電子郵件', 'email', null],
    ['อีเมล', 'email', null],
    ['alamat_surel', 'email', null],
    ['email_phone', 'email', null],
    ['phone_number', 'phone', null],
    ['TEL', 'phone', null],
    ['home.tel', 'phone', null],
    ['電話', 'phone', null],
    ['電話番号', 'phone', 'JP'],
    ['携帯電話', 'phone', 'JP'],
    ['手機號碼', 'phone', 'TW'],
    ['電話號碼', 'phone', 'TW'],
    ['手机号', 'phone', 'CN'],
    ['เบอร์โทรศัพท์', 'phone', 'TH'],
    ['nomor_hp', 'phone', 'ID'],
    ['No. HP', 'phone', 'ID'],
    ['Telepon', 'phone', 'ID'],
    ['idfa', 'ifa', null],
    ['ＡＡＩＤ', 'ifa', null],
    ['gaid', 'ifa', null],
    ['advertisingId', 'ifa', null],
    ['広告識別子', 'ifa', null],
    ['ad_id', null, null],
    ['uploadid', null, null],
    ['LINE UID', 'line_user_id', null],
    ['lineUserId', 'line_user_id', null],
    ['LINEユーザーID', 'line_user_id', null],
    ['LINE 使用者 ID', 'line_user_id', null],
    ['line_id', null, null],
    ['online_user_id', null, null],
    ['hotel', null, null],
    ['member_id', null, null],
    ['', null, null],
  ] as const)('%s: %s', (name, type, country) => {
    expect([suggestedType(name), suggestedCountry(name)]).toEqual([type, country]);
  });
});

const fields = (...names: string[]): SourceField[] =>
  names.map((name) => ({ name, type: 'text', list: false, coverage: null, suggested_for: suggestedType(name) }));

describe('the form suggests', () => {
  test('the field with the name of the type, else the first one that suits', () => {
    expect(suggestedField(fields('work email', 'email'), 'email')).toBe('email');
    expect(suggestedField(fields('id', 'work email', 'mail'), 'email')).toBe('work email');
    expect(suggestedField(fields('id'), 'email')).toBe('');
  });

  test('the field whose masked values look like the type, where no name does', () => {
    const samples = new Map([
      ['column 1', ['********01', '********02']],
      ['column 2', ['', 'm***@e***.com']],
      ['column 3', ['1234****-****-****-****-************']],
      ['column 4', ['m***@e***.com', 'n***']],
      ['column 5', [`C4af${'*'.repeat(29)}`]],
      ['column 6', [`U4af${'*'.repeat(29)}`]],
    ]);
    expect(suggestedByValues(samples, 'email')).toBe('column 2');
    expect(suggestedByValues(samples, 'ifa')).toBe('column 3');
    expect(suggestedByValues(samples, 'line_user_id')).toBe('column 6');
    // Digits may be the number of a customer.
    expect(suggestedByValues(samples, 'phone')).toBe('');
    expect(suggestedByValues(new Map([['empty', ['']]]), 'email')).toBe('');
  });

  test('another type for a field that looks like it, with its country', () => {
    const phone = { field: '電話番号', type: 'phone', country: 'JP' };
    const read = fields('会員番号', '電話番号');
    expect(suggestedOtherType(read, { identifier_type: 'email', id_field: '' })).toEqual(phone);
    expect(suggestedOtherType(read, { identifier_type: 'email', id_field: '電話番号' })).toEqual(phone);
    expect(suggestedOtherType(read, { identifier_type: 'phone', id_field: '電話番号' })).toBeNull();
    expect(suggestedOtherType(read, { identifier_type: 'email', id_field: '会員番号' })).toBeNull();
    // A destination that takes no LINE user IDs does not hear of them.
    const users = fields('line_user_id', '電話番号');
    expect(suggestedOtherType(users, { identifier_type: 'email', id_field: '' })?.type).toBe('line_user_id');
    const known = suggestingOnly(users, ['email', 'phone', 'ifa']);
    expect(suggestedOtherType(known, { identifier_type: 'email', id_field: '' })).toEqual(phone);
    expect(suggestedOtherType(fields('email', 'tel'), { identifier_type: 'email', id_field: '' })).toBeNull();
  });
});

describe('a section', () => {
  test('has every field of the configuration, in one place', () => {
    const paths: string[] = Object.values(sections).flat();
    const typed = Object.keys(blankValues('UTC').configuration).map((key) => `configuration.${key}`);
    expect(paths.filter((path) => path.startsWith('configuration.')).sort()).toEqual(typed.sort());
    expect(new Set(paths).size).toBe(paths.length);
  });

  test('is wrong when a field in it is, however deep', () => {
    const errors = { 'configuration.alerts.slow.minutes': 'Enter at least 1.', 'configuration.audience_id': undefined };
    expect(Object.keys(sections).filter((name) => hasError(name as keyof typeof sections, errors))).toEqual(['safety']);
    expect(hasError('line', { 'configuration.audience_idx': 'no field of it' })).toBe(false);
  });
});

describe('the steps before the form', () => {
  const provider = (id: string, ...types: string[]) => ({ id, job_types: types.map((type) => ({ id: type })) });
  const line = provider('line', 'audience');
  const other = provider('other', 'users', 'lists');
  const authorization = (id: string, providerId: string) => ({ id, provider: providerId });
  const taken = (...given: Parameters<typeof choicesOf>) => {
    const { provider: found, type, authorization: used } = choicesOf(...given);
    return [found?.id, type?.id, used?.id];
  };

  test('are taken where there is one choice', () => {
    expect(taken({}, [line, provider('files')], [authorization('a', 'line'), authorization('s', 'files')])).toEqual([
      'line',
      'audience',
      'a',
    ]);
    expect(taken({}, [line], [])).toEqual(['line', 'audience', undefined]);
    expect(taken({}, [line], [authorization('a', 'line'), authorization('b', 'line')])[2]).toBeUndefined();
    // Only one of two is connected.
    expect(taken({}, [line, other], [authorization('a', 'line')])).toEqual(['line', 'audience', 'a']);
    const both = [authorization('a', 'line'), authorization('o', 'other')];
    expect(taken({}, [line, other], both)).toEqual([undefined, undefined, undefined]);
    expect(taken({ choose: 'provider' }, [line, other], [authorization('a', 'line')])[0]).toBeUndefined();
    expect(taken({ provider: 'other' }, [line, other], [])).toEqual(['other', undefined, undefined]);
  });

  test('are decided by the authorization of the address', () => {
    expect(taken({ authorization: 'o' }, [line, other], [authorization('o', 'other')])).toEqual([
      'other',
      'users',
      'o',
    ]);
  });

  test('can be taken again: those before it are still taken', () => {
    const all = [authorization('a', 'line')];
    expect(taken({ choose: 'authorization' }, [line], all)).toEqual(['line', 'audience', undefined]);
    expect(taken({ choose: 'type' }, [line], all)).toEqual(['line', undefined, undefined]);
    expect(taken({ choose: 'provider' }, [line], all)).toEqual([undefined, undefined, undefined]);
    expect(taken({ choose: 'authorization', authorization: 'a' }, [line], all)[2]).toBe('a');
  });
});
