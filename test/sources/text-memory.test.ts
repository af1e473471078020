import { expect, test } from 'vitest';
import { TextMemory } from '../../src/sources/files/text-module.ts';

const MIB = 1 << 20;

test('a small input takes little memory, and a large block fits in as a whole', () => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1_000, shared: false });
  const text = new TextMemory(memory, 0, 3);
  expect(text.take(Buffer.from('small\n'))).toBe(6);
  expect(memory.buffer.byteLength).toBeLessThan(MIB / 2);
  expect(text.take(Buffer.alloc(MIB, 'l'))).toBe(MIB);
  expect(text.bytes.toString('latin1', text.input, text.end)).toBe(`small\n${'l'.repeat(MIB)}`);
});
