import { expect, test } from 'vitest';
import { newAuthorization } from '../../../src/contracts/authorizations.ts';
import { jobChange } from '../../../src/contracts/jobs.ts';
import { channelChange } from '../../../src/contracts/notifications.ts';
import { newUpload } from '../../../src/contracts/uploads.ts';
import { newApiToken, newUser, userChange } from '../../../src/domain/people/people.ts';
import { asPlainLine } from '../../../src/domain/text/plain-text.ts';
import { plainLine, plainLines } from '../../../src/domain/values/bounds.ts';

const ESC = '\u001b';
const hostile = [`a\nb`, 'a\r', `a${ESC}[31mb`, 'a\u0000b', 'a\u202eb', 'a\u2066b', 'a\u200fb', 'a\u2028b', 'a\u0085b'];
const innocent = ['VIP', '会員（東京）', 'สมาชิก', 'Zoë', '👩‍👧 family', 'a b'];
const middle = hostile.filter((text) => text.trim() === text);

test('a line of text holds no control characters that a terminal, a mail or a list would obey', () => {
  const line = plainLine('empty').max(200);
  for (const text of middle) expect(line.safeParse(text).success).toBe(false);
  for (const text of innocent) expect(line.parse(` ${text} `)).toBe(text);
  expect(plainLines().parse(' a\n\tb ')).toBe('a\n\tb');
  expect(plainLines().safeParse(`a${ESC}b`).success).toBe(false);
  expect(plainLines().safeParse('a\u202eb').success).toBe(false);
  for (const text of hostile) expect(line.safeParse(asPlainLine(text)).success).toBe(true);
});

test.each([
  ['a label of an authorization', (label: string) => newAuthorization.safeParse({ label })],
  ['a name of a job', (name: string) => jobChange.safeParse({ name })],
  ['a label of a channel', (label: string) => channelChange.safeParse({ label })],
  ['a name of a token', (name: string) => newApiToken.safeParse({ name, role: 'viewer' })],
  ['a name of a person', (name: string) => newUser.safeParse({ name, email: 'a@example.com', role: 'viewer' })],
  ['a changed name of a person', (name: string) => userChange.safeParse({ name })],
  ['a name of a file', (name: string) => newUpload.safeParse({ name })],
])('%s is a line of text', (_, parse) => {
  for (const text of middle) {
    const messages = parse(text).error?.issues.map(({ message }) => message) ?? [];
    expect(messages).toContain('Use plain text: no line breaks, control characters or direction marks.');
  }
  for (const text of innocent) {
    const messages = parse(text).error?.issues.map(({ message }) => message) ?? [];
    expect(messages).not.toContain('Use plain text: no line breaks, control characters or direction marks.');
  }
});
