/** The idempotency key of a creation. */
import { useRef } from 'react';
import { newIdempotencyKey } from '../api/client.ts';

/**
 * The same key for the same input: an answer that got lost leads to no second thing; a corrected input is another one.
 */
export function useIdempotencyKey(): (input: object) => string {
  const last = useRef({ input: '', key: '' });
  return (input) => {
    const text = JSON.stringify(input);
    if (last.current.input !== text) last.current = { input: text, key: newIdempotencyKey() };
    return last.current.key;
  };
}
