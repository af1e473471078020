/** What is typed into the search field: at once for the list, and a moment later for the address. */
import { useDebouncedCallback } from '@mantine/hooks';
import { useState } from 'react';

/** @param write puts the text into the address */
export function useTypedSearch(inAddress: string | undefined, write: (text: string | undefined) => unknown) {
  /** `seen` is the address at the last look, and `sent` what this field has written into it. */
  const [state, setState] = useState({ text: inAddress ?? '', seen: inAddress, sent: inAddress });
  if (inAddress !== state.seen) {
    // Somebody else has changed it: a saved view, or the way back.
    const text = inAddress === state.sent ? state.text : (inAddress ?? '');
    setState({ text, seen: inAddress, sent: inAddress });
  }
  const writeLater = useDebouncedCallback((text: string) => {
    const sent = text || undefined;
    setState((before) => ({ ...before, sent }));
    void write(sent);
  }, 300);
  const type = (text: string) => {
    setState((before) => ({ ...before, text }));
    writeLater(text);
  };
  return { text: state.text, type };
}
