import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compileLimits, type Limits, setMessages } from '../../benchmarks/limits-module.ts';

let directory: string;
let limits: Limits;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'lineup-test-'));
  limits = compileLimits(directory);
  limits.prepare();
});
afterAll(() => rmSync(directory, { recursive: true }));

test('what is measured as SHA-256 is SHA-256', () => {
  const messages = ['', 'a', 'member@example.com', 'm'.repeat(55)].map((text) => Buffer.from(text));
  setMessages(limits, messages);
  limits.hash(1);
  const digests = messages.map((_, lane) =>
    Buffer.from(limits.memory.buffer, limits.digests() + 32 * lane, 32).toString('hex'),
  );
  expect(digests).toEqual(messages.map((message) => createHash('sha256').update(message).digest('hex')));
});

test('what is measured as a look-up finds the lines that are there, and adds the others', () => {
  const added = [0n, 0n, 1024n].map((first) => {
    limits.lookUp(first, 1);
    return limits.added();
  });
  expect(added).toEqual([4096, 0, 1024]);
});
