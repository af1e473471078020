/** The colours of states: amber is for what waits for a person, red for what has failed. */
import { expect, test } from 'vitest';
import { colours } from '../../web/colours.ts';

/** WCAG 2.2, "Non-text Contrast". */
const LEAST = 3;

function luminance(colour: string): number {
  const channels = [1, 3, 5].map((at) => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  const [red = 0, green = 0, blue = 0] = channels;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrastOf(shown: string, behind: string): number {
  const [darker = 0, lighter = 0] = [luminance(shown), luminance(behind)].sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

test.each(['light', 'dark'] as const)('each state can be seen on a card, in the %s scheme', (scheme) => {
  const shown = colours[scheme];
  for (const tone of ['good', 'busy', 'idle', 'care', 'bad'] as const) {
    const contrast = contrastOf(shown[`--lineup-${tone}`], shown['--lineup-surface']);
    expect.soft([tone, contrast >= LEAST]).toEqual([tone, true]);
  }
});
